#include "descent/runlog/earlier_version.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "descent/base/build_info.hpp"
#include "descent/base/error.hpp"
#include "descent/runlog/checkpoint.hpp"
#include "descent/runlog/detail/open_hdf5.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/runlog/schema.hpp"

namespace descent::runlog {

namespace fs = std::filesystem;

namespace {

using MajorMinor = std::pair<int, int>;

/// The first version whose runs this one loads.
constexpr MajorMinor first_loadable = {0, 2};

// Of `0.1.0` or `0.2.0-dev`; nothing: it is no version.
std::optional<MajorMinor> major_minor(const std::string& version) {
  MajorMinor found;
  const char* const end = version.data() + version.size();
  const auto major = std::from_chars(version.data(), end, found.first);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return std::nullopt;
  if (std::from_chars(major.ptr + 1, end, found.second).ec != std::errc()) return std::nullopt;
  return found;
}

// An attribute of one of our files; null: the file cannot be read, or has none of that name.
Value attribute_of(const fs::path& file, const std::string& what, std::int64_t newest,
                   const std::string& name) {
  std::error_code unknown;
  if (!fs::exists(file, unknown)) return {};
  const hdf5::Lock lock;
  try {
    const hdf5::Reading reading = hdf5::open_for_reading(file, what, "descent." + what, newest);
    return hdf5::has_attribute(reading.file, name) ? hdf5::read_attribute(reading.file, name) : Value();
  } catch (const Error&) {
    return {};  // who reads the file for what it holds says what is wrong with it
  } catch (const hdf5::Failure&) {
    return {};
  }
}

bool has_older_checkpoint(const fs::path& run) {
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(run / files::checkpoints, none)) {
    if (entry.path().extension() != ".h5") continue;
    const Value schema =
        attribute_of(entry.path(), "checkpoint", checkpoint_schema_version, "schema_version");
    if (schema.is(Value::Kind::integer) && schema.integer() < checkpoint_schema_version) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> earlier_version_of(const fs::path& run) {
  const Value logged = attribute_of(run / files::log, "log", log_schema_version, "descent_version");
  if (const auto version =
          logged.is(Value::Kind::text) ? major_minor(logged.text()) : std::optional<MajorMinor>())
    return *version < first_loadable ? std::optional(logged.text()) : std::nullopt;
  if (has_older_checkpoint(run)) return version_of_older_checkpoints;
  return std::nullopt;
}

std::string refusal_of_earlier(const std::string& subject, const std::string& version,
                               const std::string& instead) {
  const MajorMinor of_run = major_minor(version).value_or(MajorMinor());
  return fmt::format(
      "{} was made by Descent {}, whose runs this version ({}) can show but neither load nor continue; use "
      "Descent {}.{} for that, or {}",
      subject, version, build_info().version, of_run.first, of_run.second, instead);
}

void require_loadable(const fs::path& run) {
  if (const auto version = earlier_version_of(run))
    throw Error(refusal_of_earlier(fmt::format("'{}'", run.string()), *version));
}

}  // namespace descent::runlog
