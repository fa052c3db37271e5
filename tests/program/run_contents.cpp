#include "run_contents.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "descent/base/text.hpp"
#include "descent/runlog/checkpoint.hpp"
#include "descent/runlog/detail/open_hdf5.hpp"
#include "descent/runlog/event_log.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/status_file.hpp"
#include "descent/sweep/collect.hpp"
#include "support/files.hpp"
#include "support/log_content.hpp"

namespace descent::testing {

namespace fs = std::filesystem;
namespace hdf5 = runlog::hdf5;

namespace {

template <class Numbers>
std::string bytes(const Numbers& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(numbers[0])};
}

std::string log_contents(const fs::path& file) {
  const runlog::LogReader log(file);
  if (const auto damage = log.verify(); !damage.empty())
    throw std::runtime_error(file.string() + ": " + damage.front());
  const Value attributes = log.attributes();
  std::string all =
      attributes.find("status")->text() + (log.closed() ? " closed\n" : " open\n") + log.experiment();
  for (const auto& [name, numbers] : content_of(file)) all += name + "\n" + bytes(numbers);
  return all;
}

std::string checkpoint_contents(const fs::path& file) {
  const runlog::CheckpointReader checkpoint(file);
  std::string all;
  for (const std::string& name : checkpoint.names()) {
    if (name == "record/training_seconds") continue;
    all += name + "\n";
    try {
      std::vector<Scalar> values(static_cast<std::size_t>(checkpoint.shape(name).size()));
      checkpoint.tensor(name, checkpoint.shape(name), values);
      all += bytes(values);
    } catch (const Error&) {  // of another kind
      try {
        all += bytes(checkpoint.integers(name));
      } catch (const Error&) {
        try {
          all += bytes(checkpoint.numbers(name));
        } catch (const Error&) {
          all += checkpoint.text(name);
        }
      }
    }
  }
  return all;
}

// Of a dataset of texts of any length.
std::string texts_in(hid_t dataset, hid_t type) {
  std::vector<char*> texts(static_cast<std::size_t>(hdf5::extents(dataset).at(0)));
  const hdf5::Handle space(H5Dget_space(dataset), H5Sclose, "read");
  hdf5::check(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, static_cast<void*>(texts.data())),
              "read");
  std::string all;
  for (const char* text : texts) all += std::string(text) + "\n";
  H5Dvlen_reclaim(type, space, H5P_DEFAULT, static_cast<void*>(texts.data()));
  return all;
}

// Any other file with datasets.
void add_datasets(hid_t group, std::string& all) {
  static constexpr std::array times = {"training_seconds", "wall_seconds", "peak_memory_bytes"};
  for (const std::string& name : hdf5::names(group)) {
    H5L_info_t link;
    hdf5::check(H5Lget_info(group, name.c_str(), &link, H5P_DEFAULT), "look at " + name);
    all += name + "\n";
    if (link.type == H5L_TYPE_EXTERNAL || std::find(times.begin(), times.end(), name) != times.end())
      continue;
    if (hdf5::is_group(group, name)) {
      add_datasets(hdf5::open_group(group, name), all);
      continue;
    }
    const hdf5::Handle dataset(H5Dopen2(group, name.c_str(), H5P_DEFAULT), H5Dclose, "open " + name);
    const hdf5::Handle type(H5Dget_type(dataset), H5Tclose, "read");
    if (H5Tis_variable_str(type) > 0) {
      all += texts_in(dataset, type);
      continue;
    }
    std::size_t size = H5Tget_size(type);
    for (const std::int64_t extent : hdf5::extents(dataset)) size *= static_cast<std::size_t>(extent);
    std::string values(size, '\0');
    hdf5::check(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "read " + name);
    all += values;
  }
}

std::string datasets(const fs::path& path) {
  // HDF5 reads texts of a damaged file wherever they lead.
  if (path.filename() == "sweep.h5")
    if (const auto damage = sweep::verify_collected(path); !damage.empty())
      throw std::runtime_error(path.string() + ": " + damage.front());
  const hdf5::Lock lock;
  try {
    std::string all;
    add_datasets(hdf5::open_file(path, H5F_ACC_RDONLY), all);
    return all;
  } catch (const hdf5::Failure& failure) {
    throw std::runtime_error(path.string() + ": " + failure.what());
  }
}

std::string status_contents(const fs::path& directory) {
  const auto state = runlog::read_status(directory);
  return std::string(text(state->status)) + " " + std::to_string(state->step) + " " + state->reason;
}

}  // namespace

std::string contents_of_file(const fs::path& file) {
  const std::string name = file.filename().string();
  if (name == "log.h5" || name == "log.packed.h5") return log_contents(file);
  if (name == "status.yaml") return status_contents(file.parent_path());
  if (file.parent_path().filename() == "checkpoints") return checkpoint_contents(file);
  if (file.extension() == ".h5") return datasets(file);
  std::string text = content(file);
  if (name == "sweep.yaml")  // where it was written, and with it the checksum
    for (const char* line : {"\nfile: ", "\nfile_from_here: ", "\nextended: ", "\n# crc32c "})
      if (const std::size_t at = text.find(line); at != std::string::npos)
        text.erase(at + 1, text.find('\n', at + 1) - at);
  return text;
}

Contents contents_of(const fs::path& folder) {
  Contents contents;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || name.starts_with('.') || name.ends_with(".part") ||
        name == "errors.txt" || name == "log.journal" || name.find(".damaged-") != std::string::npos)
      continue;
    if (name == "events.jsonl")
      static_cast<void>(runlog::read_events(entry.path().parent_path()));
    else
      contents[fs::relative(entry.path(), folder).string()] = contents_of_file(entry.path());
  }
  return contents;
}

std::string first_difference(const Contents& expected, const Contents& there) {
  for (const auto& [file, says] : expected) {
    const auto found = there.find(file);
    // Of the regular checkpoints those are there that a run passes on its way from where it went on.
    if (found == there.end() && file.find("checkpoints/step_") != std::string::npos) continue;
    if (found == there.end()) return file + " is missing";
    if (found->second != says) return file + " differs";
  }
  return "";
}

}  // namespace descent::testing
