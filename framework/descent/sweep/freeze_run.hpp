#pragma once

#include <filesystem>
#include <string>

/// The folders of single runs of a sweep. Internal.
namespace descent::sweep {

enum class Freeze { added, kept, changed };

/// The directory of one run, with its resolved experiment and the status `pending`. What is there of the same
/// experiment stays; of another, it is moved aside.
Freeze freeze_run(const std::filesystem::path& run, const std::string& experiment);

}  // namespace descent::sweep
