#include "run_program.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <stdexcept>

#include "descent/base/process.hpp"

namespace descent::testing {
namespace fs = std::filesystem;
using Catch::Matchers::Contains;
namespace {

// Sends `signal`, unless it is 0, once the program has written `awaited` to standard error.
Finished run(const std::vector<std::string>& command, const fs::path& folder,
             const std::vector<std::string>& environment, const std::string& awaited, int signal) {
  const ScratchFolder scratch;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const Descriptor reads(ends[0]);
  Descriptor writes(ends[1]);
  Process process(
      {.command = command,
       .environment = environment,
       .folder = folder,
       .redirections = {
           {.descriptor = STDIN_FILENO, .file = "/dev/null"},
           {.descriptor = STDOUT_FILENO, .file = scratch.path / "output", .mode = Redirection::Mode::write},
           {.descriptor = STDERR_FILENO, .from = writes.get()}}});
  writes = Descriptor();
  Finished finished{};
  bool pending = signal != 0;
  char buffer[4096];
  for (ssize_t count; (count = read(reads.get(), buffer, sizeof buffer)) > 0;) {
    finished.errors.append(buffer, static_cast<std::size_t>(count));
    if (pending && finished.errors.find(awaited) != std::string::npos) {
      process.signal(signal);
      pending = false;
    }
  }
  finished.exit_code = process.wait().shell_code();
  finished.output = content(scratch.path / "output");
  return finished;
}

}  // namespace

Finished run_program(const std::vector<std::string>& command, const fs::path& folder,
                     const std::vector<std::string>& environment) {
  return run(command, folder, environment, "", 0);
}

Finished run_and_signal(const std::vector<std::string>& command, const fs::path& folder,
                        const std::string& awaited, int signal) {
  return run(command, folder, {}, awaited, signal);
}

std::string descent_program() {
  return std::string(DESCENT_BINARY_DIR) + "/bin/descent";
}

Finished descent_in(const ScratchFolder& folder, std::vector<std::string> arguments,
                    const std::vector<std::string>& environment) {
  arguments.insert(arguments.begin(), descent_program());
  return run_program(arguments, folder.path, environment);
}

std::string played(const ScratchFolder& folder, const std::vector<std::string>& arguments) {
  const Finished finished = descent_in(folder, arguments);
  INFO(finished.errors);
  CHECK(finished.exit_code == 0);
  return finished.output + finished.errors;
}

void refused(const Finished& finished, const std::string& why) {
  CHECK(finished.exit_code == 2);
  CHECK(finished.output.empty());
  CHECK_THAT(finished.errors, Contains(why));
}

}  // namespace descent::testing
