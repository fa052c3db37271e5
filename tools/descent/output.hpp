#pragma once

#include <fmt/core.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "descent/base/error.hpp"
#include "descent/config/value.hpp"

/// All that the program writes to standard output and standard error goes through here.
namespace descent::program {

/// Standard output, which a command's result goes to, could not be written.
class OutputError : public RunError {
 public:
  explicit OutputError(int error_number);
  /// The reader has gone, as `head` does once it has enough: nothing that anybody is to be told.
  bool nobody_reads() const;

 private:
  int error_number_;
};

/// `text` as a terminal can show it: instead of acting on control characters, on marks that turn the direction of writing
/// or on bytes that are no UTF-8, it shows them as `\x1b`, `\u202e`. Line ends, tabs and styled() texts stay.
std::string printable(std::string_view text);

enum class Style { bold, red, green };
/// `text`, printable, in that style once it is printed.
std::string styled(Style style, std::string_view text);

/// Writes what printable() makes of `text`. Messages are best effort: what cannot be written to standard error is lost, and
/// so it is on standard output after only_messages_on_output(). Otherwise throws OutputError there.
void put(std::FILE* stream, std::string_view text);
/// The same without a change: for data that programs read, and for moving a terminal's cursor.
void put_raw(std::FILE* stream, std::string_view text);
/// The same as JSON, on one line, with every control character escaped.
void put_json(std::FILE* stream, const Value& value);

template <class... Values>
void print(std::FILE* stream, fmt::format_string<Values...> format, Values&&... values) {
  put(stream, fmt::format(format, std::forward<Values>(values)...));
}
template <class... Values>
void print(fmt::format_string<Values...> format, Values&&... values) {
  put(stdout, fmt::format(format, std::forward<Values>(values)...));
}

/// Hands on what is still in memory; throws like put().
void flush(std::FILE* stream);

/// From now on nothing depends on what this command writes to standard output: its result is in files.
void only_messages_on_output();

/// Before anything else is opened: a descriptor of standard input, output or error that this process was started without
/// becomes one of /dev/null. Otherwise the next file would get its number, and messages would be written into that. Results
/// that go to a standard output that is closed are still refused.
void open_standard_descriptors();
/// A write to a broken pipe, or beyond the limit of a file's size, fails instead of ending the process. Programs that this
/// one starts have what is usual.
void survive_failed_writes();

}  // namespace descent::program
