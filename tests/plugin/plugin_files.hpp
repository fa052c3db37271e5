#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "descent/base/error.hpp"

namespace plugin_test {

namespace fs = std::filesystem;

inline const fs::path build = DESCENT_BINARY_DIR;
/// Sound plugins, broken ones, and sound ones that were built in unusual ways.
inline const fs::path good = build / "tests/plugins";
inline const fs::path bad = build / "tests/bad_plugins";
inline const fs::path variants = build / "tests/variants";
inline const fs::path sound_library = good / "optimizer_test_descent.so";

/// A folder of its own, removed at the end.
class Scratch {
 public:
  Scratch() {
    static std::atomic<int> count = 0;
    path_ = fs::temp_directory_path() /
            ("descent_plugin_test_" + std::to_string(getpid()) + "_" + std::to_string(count++));
    fs::create_directories(path_);
    path_ = fs::canonical(path_);
  }
  ~Scratch() {
    std::error_code ignored;  // a folder that is left behind in /tmp fails no test
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  fs::path operator/(const std::string& name) const { return path_ / name; }
  const fs::path& path() const { return path_; }
  fs::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path_ / name;
  }
  fs::path copy(const fs::path& from) const {
    fs::copy_file(from, path_ / from.filename());
    return path_ / from.filename();
  }

 private:
  fs::path path_;
};

inline std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The message of the Error that `call` throws; any other exception goes on, and none gives `no error`.
template <class Call>
std::string error_of(Call&& call) {
  try {
    call();
  } catch (const descent::Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace plugin_test
