#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace descent::program {

/// A text that a signal handler puts together: of a fixed size, what is longer is cut. Control characters become `?`.
class CrashText {
 public:
  CrashText& add(const char* text) {
    for (; text != nullptr && *text != '\0'; ++text) {
      const bool control = static_cast<unsigned char>(*text) < 0x20 || *text == 0x7f;
      put(control && *text != '\n' ? '?' : *text);
    }
    return *this;
  }
  CrashText& add(std::int64_t number) {
    std::array<char, 20> digits{};
    std::size_t count = 0;
    if (number < 0) put('-');
    std::uint64_t rest =
        number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
    do {
      digits[count++] = static_cast<char>('0' + rest % 10);
      rest /= 10;
    } while (rest > 0);
    while (count > 0) put(digits[--count]);
    return *this;
  }
  const char* text() const { return characters_.data(); }

 private:
  void put(char c) {
    if (size_ + 1 < characters_.size()) characters_[size_++] = c;
  }

  std::array<char, 2048> characters_{};  // the last one stays 0
  std::size_t size_ = 0;
};

}  // namespace descent::program
