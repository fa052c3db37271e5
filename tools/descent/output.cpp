#include "output.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "descent/base/utf8.hpp"
#include "descent/runlog/json.hpp"
#include "terminal.hpp"

namespace descent::program {
namespace {

// Bytes that no UTF-8 has, in the place of a terminal's codes until the text is written: whatever else is in a text can
// then be told from what this program means.
constexpr char style_end = '\xff';
constexpr std::array style_begins = {'\xfc', '\xfd', '\xfe'};  // in the order of Style
constexpr std::array style_codes = {"\x1b[1m", "\x1b[31m", "\x1b[32m"};

bool output_is_result = true;

bool is_style(char c) {
  return static_cast<unsigned char>(c) >= 0xfc;
}

// Control characters of both sets, and what turns the direction of writing or ends a line unseen.
bool is_control(char32_t code) {
  return (code < 0x20 && code != '\n' && code != '\t') || (code >= 0x7f && code < 0xa0) || code == 0x61c ||
         code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

// `short_form`: a code below 256 as `\x1b`.
void append_printable(std::string& result, std::string_view valid, bool short_form = true) {
  for (std::size_t i = 0; i < valid.size();) {
    const std::size_t begin = i;
    const char32_t code = utf8::next(valid, i);
    if (!is_control(code))
      result += valid.substr(begin, i - begin);
    else if (short_form && code < 0x100)
      result += fmt::format("\\x{:02x}", static_cast<unsigned>(code));
    else
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(code));
  }
}

bool has_colors(std::FILE* stream) {
  static const bool output = terminal_of(stdout).colors, errors = terminal_of(stderr).colors;
  return stream == stderr ? errors : stream == stdout && output;
}

// Where there are no colors, nobody has asked for a style: such a byte came with the text.
std::string with_codes(const std::string& text, bool colors) {
  std::string result;
  for (const char c : text) {
    if (is_style(c) && !colors)
      result += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    else if (c == style_end)
      result += "\x1b[0m";
    else if (is_style(c))
      result += style_codes[static_cast<unsigned char>(c) - 0xfc];
    else
      result += c;
  }
  return result;
}

void fail(std::FILE* stream) {
  const int number = errno;
  if (stream == stdout && output_is_result) throw OutputError(number);
}

// Only that it is there changes anything: what a handler is set for has its usual effect in programs that are started,
// and what is ignored would be ignored there too. These signals come to the thread that writes, in that call.
void do_nothing(int) {}

}  // namespace

OutputError::OutputError(int error_number)
    : RunError(fmt::format("cannot write to standard output: {}", std::strerror(error_number))),
      error_number_(error_number) {}

bool OutputError::nobody_reads() const {
  return error_number_ == EPIPE;
}

std::string printable(std::string_view text) {
  std::string result;
  while (const auto invalid = utf8::first_invalid(text)) {
    append_printable(result, text.substr(0, *invalid));
    const char byte = text[*invalid];
    if (is_style(byte))
      result += byte;
    else
      result += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(byte)));
    text.remove_prefix(*invalid + 1);
  }
  append_printable(result, text);
  return result;
}

std::string styled(Style style, std::string_view text) {
  return style_begins[static_cast<std::size_t>(style)] + printable(text) + style_end;
}

void put(std::FILE* stream, std::string_view text) {
  put_raw(stream, with_codes(printable(text), has_colors(stream)));
}

void put_raw(std::FILE* stream, std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stream) != text.size()) fail(stream);
}

void put_json(std::FILE* stream, const Value& value) {
  std::string text;
  append_printable(text, utf8::repaired(runlog::json(value)), false);
  put_raw(stream, text);
}

void flush(std::FILE* stream) {
  if (std::fflush(stream) != 0) fail(stream);
}

void only_messages_on_output() {
  output_is_result = false;
}

void open_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest that is free, so this very one. Nothing can be written to one for reading.
    const int opened = open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY);
    if (opened != descriptor) _exit(1);  // there is nowhere to say why
  }
}

void survive_failed_writes() {
  struct sigaction nothing {};
  nothing.sa_handler = do_nothing;
  nothing.sa_flags = SA_RESTART;
  sigaction(SIGPIPE, &nothing, nullptr);
  sigaction(SIGXFSZ, &nothing, nullptr);
}

}  // namespace descent::program
