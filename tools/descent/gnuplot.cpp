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
#include "figure_style.hpp"
#include "output.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

constexpr double pixels_per_point = 96.0 / points_per_inch;
constexpr double png_scale = 300.0 / 96;  // a printer's resolution, and a screen's

// The commands that choose how the file is written, and what a point is there (measured, for gnuplot's own units differ).
std::string terminal_commands(const Drawing& drawing) {
  const std::string ending = drawing.file.extension().string();
  const std::string noun = "set terminal ";
  const auto scales = [](double line, double point, double font) {
    return fmt::format("\nLW = {}\nPS = {}\nFS = {}\n", line, point, font);
  };
  if (drawing.file.empty())
    return noun + fmt::format("dumb noenhanced mono size {:.0f},{:.0f}", drawing.width, drawing.height) +
           scales(1, 1, 1);
  const double font = drawing.font_size;
  if (ending == ".svg")
    return noun +
           fmt::format("svg noenhanced font '{},{:.2f}' background '#ffffff' size {:.0f},{:.0f}", figure_font,
                       font * pixels_per_point, drawing.width * pixels_per_point,
                       drawing.height * pixels_per_point) +
           scales(pixels_per_point, pixels_per_point / font, pixels_per_point);
  if (ending == ".png") {
    const double scale = pixels_per_point * png_scale;
    return noun +
           fmt::format(
               "pngcairo noenhanced font '{},{}' fontscale {} linewidth {} pointscale {} size {:.0f},{:.0f}",
               figure_font, font, png_scale, scale, png_scale, drawing.width * scale,
               drawing.height * scale) +
           scales(1, 0.215, 1);
  }
  return noun +
         fmt::format("pdfcairo noenhanced font '{},{}' fontscale 0.75 size {}in,{}in", figure_font, font,
                     drawing.width / points_per_inch, drawing.height / points_per_inch) +
         scales(2.08, 0.164, 1);
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
  script << "set encoding utf8\n" << terminal_commands(drawing);
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

std::string gnuplot_width(double width) {
  return fmt::format("lw ({:g}*LW)", width);
}

std::string gnuplot_size(double size) {
  return fmt::format("ps ({:g}*PS)", size);
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
