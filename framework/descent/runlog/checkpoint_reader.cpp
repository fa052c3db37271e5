#include <fmt/format.h>

#include <map>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "descent/runlog/checkpoint.hpp"
#include "descent/runlog/detail/open_hdf5.hpp"
#include "descent/runlog/earlier_version.hpp"

namespace descent::runlog {

using hdf5::Handle;

class CheckpointReader::Implementation {
 public:
  Implementation(const std::filesystem::path& path, CheckpointSchemas schemas)
      : file(path),
        handle(hdf5::open_for_reading(path, "checkpoint", "descent.checkpoint", checkpoint_schema_version)
                   .file) {
    const hdf5::Lock lock;
    try {
      const std::int64_t schema = hdf5::read_attribute(handle, "schema_version").integer();
      if (schemas == CheckpointSchemas::current && schema < checkpoint_schema_version)
        throw Error(refusal_of_earlier(fmt::format("'{}'", file.string()), version_of_older_checkpoints));
      find_entries("");
      if (hdf5::read_attribute(handle, "entries") != Value::of(static_cast<std::int64_t>(kinds.size())))
        damaged("entries are missing");
    } catch (const hdf5::Failure& failure) {
      damaged(failure.what());
    }
    for (const auto& [name, kind] : kinds) verify(name);
  }

  // Calls `read` on the dataset of an entry of this kind.
  template <class Read>
  auto entry(std::string_view wanted, const std::string& kind, Read read) const {
    const std::string name(wanted);
    const auto found = kinds.find(name);
    if (found == kinds.end()) {
      const auto near = nearest(name, all_names());
      throw Error(fmt::format("the checkpoint '{}' has no '{}'{}", file.string(), name,
                              near ? fmt::format("; did you mean '{}'?", *near) : ""));
    }
    if (found->second != kind)
      throw Error(fmt::format("'{}' in the checkpoint '{}' is of the kind '{}', not '{}'", name,
                              file.string(), found->second, kind));
    const hdf5::Lock lock;
    try {
      return read(hdf5::open_dataset(handle, name));
    } catch (const hdf5::Failure& failure) {
      damaged(fmt::format("'{}': {}", name, failure.what()));
    }
  }

  template <class Number>
  std::vector<Number> list(std::string_view name, const std::string& kind, hid_t type) const {
    return entry(name, kind, [&](const Handle& dataset) {
      const std::vector<std::int64_t> extents = hdf5::extents(dataset);
      if (extents.size() != 1) throw hdf5::Failure("read", "it is no list");
      std::vector<Number> values(static_cast<std::size_t>(extents.front()));
      if (!values.empty())
        hdf5::check(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "read");
      return values;
    });
  }

  std::vector<std::string> all_names() const {
    std::vector<std::string> names;
    for (const auto& [name, kind] : kinds) names.push_back(name);
    return names;
  }

  std::filesystem::path file;
  Handle handle;
  std::map<std::string, std::string, std::less<>> kinds;

 private:
  [[noreturn]] void damaged(const std::string& why) const {
    throw Error(fmt::format("the checkpoint '{}' is damaged: {}", file.string(), why));
  }

  void find_entries(const std::string& folder) {
    const Handle group = hdf5::open_group(handle, folder.empty() ? "/" : folder);
    groups_.enter(group, folder);
    for (const std::string& name : hdf5::names(group)) {
      const std::string path = folder.empty() ? name : folder + "/" + name;
      if (hdf5::is_group(group, name))
        find_entries(path);
      else
        kinds.emplace(path, hdf5::read_text_attribute(hdf5::open_dataset(group, name), "kind"));
    }
  }

  hdf5::GroupsSeen groups_;

  void verify(const std::string& name) const {
    bool same = false;
    try {
      const hdf5::Lock lock;
      same = hdf5::has_its_checksum(hdf5::open_dataset(handle, name));
    } catch (const hdf5::Failure& failure) {
      damaged(fmt::format("'{}': {}", name, failure.what()));
    }
    if (!same) damaged(fmt::format("'{}' differs from its checksum", name));
  }
};

CheckpointReader::CheckpointReader(const std::filesystem::path& file, CheckpointSchemas schemas)
    : implementation_(std::make_unique<Implementation>(file, schemas)) {}
CheckpointReader::~CheckpointReader() = default;
CheckpointReader::CheckpointReader(CheckpointReader&&) noexcept = default;
CheckpointReader& CheckpointReader::operator=(CheckpointReader&&) noexcept = default;

bool CheckpointReader::has(std::string_view name) const {
  return implementation_->kinds.contains(name);
}

std::vector<std::string> CheckpointReader::names(std::string_view prefix) const {
  std::vector<std::string> names = implementation_->all_names();
  std::erase_if(names, [&](const std::string& name) { return !name.starts_with(prefix); });
  return names;
}

Shape CheckpointReader::shape(std::string_view name) const {
  return implementation_->entry(name, "tensor",
                                [](const Handle& dataset) { return Shape(hdf5::extents(dataset)); });
}

void CheckpointReader::tensor(std::string_view name, const Shape& shape, std::span<Scalar> values) const {
  DESCENT_ASSERT(static_cast<std::int64_t>(values.size()) == shape.size(),
                 "a tensor has as many values as its shape says");
  implementation_->entry(name, "tensor", [&](const Handle& dataset) {
    const auto refuse = [&](const std::string& what) {
      throw Error(fmt::format("'{}' in the checkpoint '{}' {}", name, implementation_->file.string(), what));
    };
    const Handle type(H5Dget_type(dataset), H5Tclose, "read");
    const std::size_t bytes = H5Tget_size(type);
    const auto scalar_name = [](std::size_t size) { return size == sizeof(float) ? "float" : "double"; };
    if (bytes != sizeof(Scalar))
      refuse(fmt::format("was written with scalar {}, and this is {}", scalar_name(bytes),
                         scalar_name(sizeof(Scalar))));
    const Shape written(hdf5::extents(dataset));
    if (!(written == shape))
      refuse(fmt::format("has the shape {}, and {} is needed", written.text(), shape.text()));
    if (!values.empty())
      hdf5::check(H5Dread(dataset, hdf5::scalar_type(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
                  "read");
  });
}

std::vector<double> CheckpointReader::numbers(std::string_view name) const {
  return implementation_->list<double>(name, "numbers", H5T_NATIVE_DOUBLE);
}

std::vector<std::int64_t> CheckpointReader::integers(std::string_view name) const {
  return implementation_->list<std::int64_t>(name, "integers", H5T_NATIVE_INT64);
}

std::string CheckpointReader::text(std::string_view name) const {
  const std::vector<char> bytes = implementation_->list<char>(name, "text", H5T_NATIVE_UINT8);
  return {bytes.begin(), bytes.end()};
}

}  // namespace descent::runlog
