#include "descent/base/temporary_folder.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "descent/base/error.hpp"

namespace descent {

TemporaryFolder::TemporaryFolder(const std::string& prefix) {
  std::string name = (std::filesystem::temp_directory_path() / (prefix + ".XXXXXX")).string();
  if (mkdtemp(name.data()) == nullptr)
    throw RunError(fmt::format("cannot make a temporary folder '{}': {}", name, std::strerror(errno)));
  path_ = std::filesystem::canonical(name);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code left_behind;  // where temporary files belong: nothing that a user has to know
  std::filesystem::remove_all(path_, left_behind);
}

}  // namespace descent
