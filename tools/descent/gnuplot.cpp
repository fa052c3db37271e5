#include "gnuplot.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include "descent/base/file.hpp"
#include "descent/base/process.hpp"
#include "descent/base/temporary_folder.hpp"
#include "output.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

std::string terminal_of_file(const Drawing& drawing) {
  const std::string ending = drawing.file.extension().string();
  const std::string size = fmt::format("size {},{}", drawing.width, drawing.height);
  if (drawing.file.empty())
    return fmt::format("dumb noenhanced mono size {},{}", drawing.width, drawing.height);
  if (ending == ".svg") return "svg noenhanced font 'sans,13' background '#ffffff' " + size;
  if (ending == ".png") return "pngcairo noenhanced font 'sans,11' " + size;
  // 96 pixels to an inch, as SVG has it.
  return fmt::format("pdfcairo noenhanced font 'sans,11' size {}in,{}in", drawing.width / 96.0,
                     drawing.height / 96.0);
}

// The first sentence of what gnuplot complained about, without the line of our script that it points at.
std::string complaint(const fs::path& errors) {
  std::ifstream file(errors);
  std::string line, last;
  while (std::getline(file, line))
    if (line.find_first_not_of(" \t^") != std::string::npos) last = line;
  return last.empty() ? "it said nothing" : last;
}

int run_gnuplot(const fs::path& script, const fs::path& errors) {
  using Mode = Redirection::Mode;
  try {
    Process process({.command = {"gnuplot", "-d", script.string()},
                     .redirections = {{.descriptor = STDIN_FILENO, .file = "/dev/null"},
                                      {.descriptor = STDERR_FILENO, .file = errors, .mode = Mode::write}}});
    return process.wait().shell_code();
  } catch (const StartError& failure) {
    if (failure.error_number() != ENOENT) throw;
    throw Error(
        "curves and scatter plots are drawn by gnuplot, which is not installed; on Debian: "
        "sudo apt-get install gnuplot-nox");
  }
}

// gnuplot does not say that it could not write all of a picture.
bool is_whole(const fs::path& picture, const std::string& format) {
  constexpr std::streamoff looked_at = 64;
  std::ifstream file(picture, std::ios::binary | std::ios::ate);
  file.seekg(std::max<std::streamoff>(0, file.tellg() - looked_at));
  const std::string end{std::istreambuf_iterator<char>(file), {}};
  return end.find(format == ".svg" ? "</svg>" : format == ".png" ? "IEND" : "%%EOF") != std::string::npos;
}

}  // namespace

void require_picture_format(const fs::path& file) {
  const std::string ending = file.extension().string();
  if (ending != ".svg" && ending != ".png" && ending != ".pdf")
    throw Error(fmt::format("'{}': a picture's name ends in .svg, .png or .pdf", file.string()));
}

void draw(const Drawing& drawing) {
  const TemporaryFolder folder("descent_plot");
  const fs::path part = drawing.file.string() + ".part";
  std::ofstream script(folder.path() / "commands");
  script << "set encoding utf8\nset terminal " << terminal_of_file(drawing) << "\n";
  if (!drawing.file.empty()) {
    require_picture_format(drawing.file);
    std::error_code none;
    fs::remove(part, none);  // what a link of this name leads to stays as it is
    // gnuplot would only say that it cannot open it.
    if (!std::ofstream(part))
      throw Error(fmt::format("cannot write '{}': {}", drawing.file.string(), std::strerror(errno)));
    script << "set output " << gnuplot_text(fs::absolute(part).string()) << "\n";
  } else {
    script << "set output " << gnuplot_text((folder.path() / "text").string()) << "\n";
  }
  script << drawing.commands << "\n";
  script.close();
  if (!script) throw RunError("cannot write to the folder of temporary files");
  std::error_code error;
  int code = 0;
  try {
    code = run_gnuplot(folder.path() / "commands", folder.path() / "errors");
  } catch (...) {
    if (!drawing.file.empty()) fs::remove(part, error);
    throw;
  }
  if (code != 0 && !drawing.file.empty()) fs::remove(part, error);
  if (code != 0) throw RunError("gnuplot failed: " + complaint(folder.path() / "errors"));
  if (!drawing.file.empty() && !is_whole(part, drawing.file.extension().string())) {
    fs::remove(part, error);
    throw RunError(fmt::format("cannot write '{}': gnuplot did not write all of it", drawing.file.string()));
  }
  if (!drawing.file.empty()) fs::rename(part, drawing.file, error);
  if (error) throw RunError(fmt::format("cannot write '{}': {}", drawing.file.string(), error.message()));
  if (drawing.file.empty()) {
    put_raw(stdout, read_file(folder.path() / "text"));
    flush(stdout);
  }
}

std::string gnuplot_text(const std::string& text) {
  std::string quoted = "'";
  for (const char c : printable(text)) {
    if (c == '\n') continue;
    quoted += c;
    if (c == '\'') quoted += c;
  }
  return quoted + "'";
}

}  // namespace descent::program
