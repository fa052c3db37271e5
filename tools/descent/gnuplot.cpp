#include "gnuplot.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "descent/base/error.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "descent_plot.XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr)
      throw RunError(fmt::format("cannot make a temporary folder: {}", std::strerror(errno)));
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code left_behind;  // where temporary files belong
    fs::remove_all(path_, left_behind);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

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
  std::string words[] = {"gnuplot", "-d", script.string()};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors.c_str(), O_WRONLY | O_CREAT, 0600);
  pid_t process = 0;
  const int failure = posix_spawnp(&process, arguments[0], &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure == ENOENT)
    throw Error(
        "curves and scatter plots are drawn by gnuplot, which is not installed; on Debian: "
        "sudo apt-get install gnuplot-nox");
  if (failure != 0) throw RunError(fmt::format("cannot start gnuplot: {}", std::strerror(failure)));
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

void require_picture_format(const fs::path& file) {
  const std::string ending = file.extension().string();
  if (ending != ".svg" && ending != ".png" && ending != ".pdf")
    throw Error(fmt::format("'{}': a picture's name ends in .svg, .png or .pdf", file.string()));
}

void draw(const Drawing& drawing) {
  const TemporaryFolder folder;
  const fs::path part = drawing.file.string() + ".part";
  std::ofstream script(folder.path() / "commands");
  script << "set encoding utf8\nset terminal " << terminal_of_file(drawing) << "\n";
  if (!drawing.file.empty()) {
    require_picture_format(drawing.file);
    // gnuplot would only say that it cannot open it.
    if (!std::ofstream(part))
      throw Error(fmt::format("cannot write '{}': {}", drawing.file.string(), std::strerror(errno)));
    script << "set output " << gnuplot_text(fs::absolute(part).string()) << "\n";
  }
  script << drawing.commands << "\n";
  script.close();
  if (!script) throw RunError("cannot write to the folder of temporary files");
  std::fflush(stdout);
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
  if (!drawing.file.empty()) fs::rename(part, drawing.file, error);
  if (error) throw RunError(fmt::format("cannot write '{}': {}", drawing.file.string(), error.message()));
}

std::string gnuplot_text(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\n') continue;
    quoted += c;
    if (c == '\'') quoted += c;
  }
  return quoted + "'";
}

}  // namespace descent::program
