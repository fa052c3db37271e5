#pragma once

#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "descent/base/process.hpp"

namespace descent {

/// This test program, started anew to run one hidden test case in a directory.
class Child {
 public:
  /// `environment`: more variables, as NAME=VALUE.
  Child(const std::string& test_case, const std::filesystem::path& directory,
        const std::vector<std::string>& environment = {});
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// The next line of output, without its end; nothing when the output ends.
  std::optional<std::string> line();
  /// Waits for a line of output that begins with `word` and gives the number behind it; -1 when the output
  /// ends.
  long wait_for(const std::string& word);
  void kill();
  /// The exit code, or minus the signal that ended it.
  int wait();

 private:
  std::FILE* output_ = nullptr;
  std::optional<Process> process_;
};

/// In the child: the directory it was given. Elsewhere nothing, and a hidden test case has nothing to do:
/// Catch runs it too when it is only told what to leave out.
std::optional<std::filesystem::path> child_directory();

}  // namespace descent
