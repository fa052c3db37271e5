#include <algorithm>
#include <array>
#include <map>

#include "descent/runlog/detail/image_sheet.hpp"
#include "descent/runlog/detail/log_reader_data.hpp"
#include "descent/runlog/detail/plugin_table.hpp"

namespace descent::runlog {

using hdf5::Handle;

namespace {

constexpr std::array own_attributes = {"schema", "schema_version", "run_id", "status", "NX_class", "default"};

haddr_t address(hid_t dataset) {
  H5O_info_t info;
  hdf5::check(H5Oget_info2(dataset, &info, H5O_INFO_BASIC), "look at a dataset");
  return info.addr;
}

// What HDF5's dimension scales note in `REFERENCE_LIST`: whose dimension, and which, they describe.
struct Reference {
  hobj_ref_t dataset;
  int dimension;
};

std::vector<Reference> references(hid_t scale) {
  if (!hdf5::has_attribute(scale, "REFERENCE_LIST")) return {};
  const Handle type(H5Tcreate(H5T_COMPOUND, sizeof(Reference)), H5Tclose, "describe a reference");
  hdf5::check(H5Tinsert(type, "dataset", HOFFSET(Reference, dataset), H5T_STD_REF_OBJ),
              "describe a reference");
  hdf5::check(H5Tinsert(type, "dimension", HOFFSET(Reference, dimension), H5T_NATIVE_INT),
              "describe a reference");
  const Handle attribute(H5Aopen(scale, "REFERENCE_LIST", H5P_DEFAULT), H5Aclose, "read a dimension");
  const Handle space(H5Aget_space(attribute), H5Sclose, "read a dimension");
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  hdf5::check(count < 0 ? -1 : 0, "read a dimension");
  std::vector<Reference> list(static_cast<std::size_t>(count));
  hdf5::check(H5Aread(attribute, type, list.data()), "read a dimension");
  return list;
}

// The names of the dimensions of `path` behind the first. They are looked for from the dimensions' side: the
// datasets note theirs where HDF5 keeps no checksum, and 1.10.8 crashes or hangs on damage.
std::vector<std::string> dimension_names(hid_t file, const std::string& path, std::size_t rank) {
  std::vector<std::string> found(rank);
  const std::size_t slash = path.rfind('/');
  const Handle group = hdf5::open_group(file, path.substr(0, slash));
  const haddr_t own = address(hdf5::open_dataset(file, path));
  for (const std::string& name : hdf5::names(group)) {
    if (hdf5::is_group(group, name) || hdf5::is_virtual(file, group, name)) continue;
    for (const Reference& reference : references(hdf5::open_dataset(group, name)))
      if (reference.dataset == own && reference.dimension > 0 &&
          reference.dimension <= static_cast<int>(rank))
        found[static_cast<std::size_t>(reference.dimension) - 1] = name;
  }
  for (const std::string& name : found)
    if (name.empty()) return {};
  return found;
}

bool is_compressed(hid_t dataset) {
  const Handle creation(H5Dget_create_plist(dataset), H5Pclose, "look at a dataset");
  const int filters = H5Pget_nfilters(creation);
  hdf5::check(filters, "look at a dataset");
  return filters > 0;
}

}  // namespace

Value LogReader::Implementation::attributes() const {
  Value attributes = Value::map();
  for (const std::string& name : hdf5::attribute_names(reading.file)) {
    try {
      attributes.set(name, hdf5::read_attribute(reading.file, name));
    } catch (const hdf5::Failure&) {
      if (!salvaging_) throw;
    }
  }
  return attributes;
}

void LogReader::Implementation::declare(const SeriesInfo& one, LogSchema& schema) const {
  const Handle dataset = hdf5::open_dataset(reading.file, one.path);
  const std::string description = hdf5::read_text_attribute(dataset, "long_name");
  const std::size_t slash = one.path.find('/');
  const std::string below = one.path.substr(slash + 1);
  if (one.histogram) {
    schema.histograms.push_back({below, one.shape[0], description});
    return;
  }
  TensorSeries declared{below, one.shape, dimension_names(reading.file, one.path, one.shape.rank()),
                        description, is_compressed(dataset)};
  declared.image = hdf5::read_text_attribute(dataset, "CLASS") == "IMAGE";
  const std::vector<double> range = hdf5::read_numbers_attribute(dataset, "IMAGE_MINMAXRANGE");
  if (declared.image && range.size() == 2) {
    declared.minimum = range[0];
    declared.maximum = range[1];
  }
  (one.path.starts_with("samples/") ? schema.samples : schema.tensors).push_back(std::move(declared));
}

LogSchema LogReader::Implementation::schema() const {
  LogSchema schema;
  const Value all = attributes();
  for (const Value::Entry& entry : all.entries()) {
    if (entry.key == "run_id" && entry.value.is(Value::Kind::text)) schema.run_id = entry.value.text();
    // What is no attribute of a log reads as nothing.
    if (!entry.value.is(Value::Kind::null) &&
        std::find(own_attributes.begin(), own_attributes.end(), entry.key) == own_attributes.end())
      schema.provenance.set(entry.key, entry.value);
  }
  schema.sets = sets;
  for (const SeriesInfo& one : series) declare(one, schema);
  return schema;
}

std::size_t LogReader::Implementation::scalar_bytes() const {
  for (const SeriesInfo& one : series) {
    if (one.histogram) continue;
    const Handle dataset = hdf5::open_dataset(reading.file, one.path);
    const Handle type(H5Dget_type(dataset), H5Tclose, "read " + one.path);
    return H5Tget_size(type);
  }
  return sizeof(Scalar);
}

LogSchema LogReader::schema() const {
  LogSchema schema = implementation_->guarded([&] { return implementation_->schema(); });
  schema.experiment = experiment();
  schema.plugins = plugins();
  return schema;
}

}  // namespace descent::runlog
