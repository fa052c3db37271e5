#include "descent/runlog/detail/hdf5.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace descent::runlog::hdf5 {

namespace {

std::recursive_mutex& mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

// The innermost entry says what happened; for a refused read or write it quotes the operating system. Where
// HDF5 refused nothing, there is nothing to say.
std::string innermost_reason() {
  std::string reason;
  const auto take_first = [](unsigned depth, const H5E_error2_t* error, void* out) -> herr_t {
    if (depth == 0 && error->desc != nullptr) *static_cast<std::string*>(out) = error->desc;
    return 0;
  };
  if (H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &reason) < 0) reason.clear();
  constexpr std::string_view quote = "error message = '";
  const std::size_t begin = reason.find(quote);
  if (begin != std::string::npos) {
    const std::size_t start = begin + quote.size();
    reason = reason.substr(start, reason.find('\'', start) - start);
  }
  return reason;
}

/// Why a destructor could not close something first; empty: all could. Guarded by Lock.
std::string& failed_close() {
  static auto& reason = *new std::string;  // never destroyed: handles of static storage may outlive it
  return reason;
}

}  // namespace

Failure::Failure(const std::string& action) : Failure(action, innermost_reason()) {}

Failure::Failure(const std::string& action, const std::string& reason)
    : std::runtime_error(fmt::format("cannot {}{}{}", action, reason.empty() ? "" : ": ", reason)) {}

Lock::Lock() : lock_(mutex()) {
  // At exit HDF5 would try to flush what was abandoned after a full disk.
  static const bool initialized = H5dont_atexit() >= 0 && H5open() >= 0;
  if (!initialized) throw std::runtime_error("the HDF5 library does not start");
  // HDF5 prints its error stack for each thread anew; Failure carries it instead.
  thread_local const bool silent = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr) >= 0;
  static_cast<void>(silent);
}

Handle::Handle(hid_t id, Closer closer, std::string_view action) : id_(id), closer_(closer) {
  if (id < 0) throw Failure(std::string(action));
}

Handle::Handle(Handle&& other) noexcept
    : id_(std::exchange(other.id_, H5I_INVALID_HID)), closer_(std::exchange(other.closer_, nullptr)) {}

Handle& Handle::operator=(Handle&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(closer_, other.closer_);
  return *this;
}

Handle::~Handle() {
  if (id_ < 0) return;
  const Lock lock;
  if (closer_(id_) >= 0 || std::uncaught_exceptions() > 0 || !failed_close().empty()) return;
  const std::string reason = innermost_reason();
  failed_close() = reason.empty() ? "HDF5 says no more" : reason;
}

void Handle::close(std::string_view action) {
  const hid_t id = std::exchange(id_, H5I_INVALID_HID);
  if (id < 0) return;
  const Lock lock;
  check(closer_(id), action);
  check_closed();
}

void Handle::discard() noexcept {
  const hid_t id = std::exchange(id_, H5I_INVALID_HID);
  if (id < 0) return;
  const Lock lock;
  closer_(id);
}

void check(herr_t status, std::string_view action) {
  if (status < 0) throw Failure(std::string(action));
}

void check_closed() {
  const Lock lock;
  if (!failed_close().empty()) throw Failure("close something written before", failed_close());
}

Handle file_access() {
  Handle properties(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "set up file access");
  check(H5Pset_libver_bounds(properties, H5F_LIBVER_V110, H5F_LIBVER_V110), "choose the file format");
  check(H5Pset_file_locking(properties, false, true), "switch HDF5's locks off");
  // Closing fails while something of the file is open, instead of leaving the file open.
  check(H5Pset_fclose_degree(properties, H5F_CLOSE_SEMI), "set up file access");
  return properties;
}

// What a writer has half written is whole in a moment. HDF5 sleeps twice as long before each attempt, from a
// nanosecond on: these end after some milliseconds, its own 100 attempts at damaged metadata never.
static constexpr unsigned swmr_read_attempts = 22;

Handle create_file(const std::filesystem::path& file) {
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose, "set up a file");
  check(H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
        "order a file's names");
  // EXCL: a refused TRUNC has already emptied the file.
  return {H5Fcreate(file.c_str(), H5F_ACC_EXCL, creation, file_access()), H5Fclose, "create the file"};
}

Handle open_file(const std::filesystem::path& file, unsigned flags) {
  const Handle access = file_access();
  if ((flags & H5F_ACC_SWMR_READ) != 0)
    check(H5Pset_metadata_read_attempts(access, swmr_read_attempts), "set up file access");
  return {H5Fopen(file.c_str(), flags, access), H5Fclose, "open the file"};
}

Handle open_cut_file(const std::filesystem::path& file) {
  const Handle access = file_access();
  // The property by which HDF5's own h5clear opens such files.
  const hbool_t skip = true;
  check(H5Pset(access, "skip_eof_check", &skip), "set up file access");
  return {H5Fopen(file.c_str(), H5F_ACC_RDONLY, access), H5Fclose, "open the file"};
}

int descriptor(hid_t file) {
  void* handle = nullptr;
  check(H5Fget_vfd_handle(file, H5P_DEFAULT, &handle), "find the open file");
  return *static_cast<int*>(handle);
}

namespace {

/// Properties of a class of accesses by which no link into another file is followed. Never closed.
class InThisFile {
 public:
  explicit InThisFile(hid_t property_class) : properties_(H5Pcreate(property_class)) {
    const auto refuse = [](const char*, const char*, const char*, const char*, unsigned*, hid_t,
                           void*) -> herr_t { return -1; };
    check(H5Pset_elink_cb(properties_, refuse, nullptr), "refuse links into other files");
  }
  hid_t get() const { return properties_; }

 private:
  hid_t properties_;
};

hid_t group_in_this_file() {
  static const InThisFile access(H5P_GROUP_ACCESS);
  return access.get();
}

hid_t dataset_in_this_file() {
  static const InThisFile access(H5P_DATASET_ACCESS);
  return access.get();
}

hid_t link_in_this_file() {
  static const InThisFile access(H5P_LINK_ACCESS);
  return access.get();
}

}  // namespace

Handle require_group(hid_t parent, const std::string& path) {
  if (exists(parent, path)) return open_group(parent, path);
  const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose, "set up a group");
  check(H5Pset_create_intermediate_group(links, 1), "set up a group");
  const Handle creation(H5Pcreate(H5P_GROUP_CREATE), H5Pclose, "set up a group");
  check(H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED),
        "order a group's names");
  return {H5Gcreate2(parent, path.c_str(), links, creation, H5P_DEFAULT), H5Gclose,
          "create the group " + path};
}

Handle open_group(hid_t parent, const std::string& path) {
  return {H5Gopen2(parent, path.c_str(), group_in_this_file()), H5Gclose, "open the group " + path};
}

static Handle creation_of(hid_t dataset, const std::string& path) {
  return {H5Dget_create_plist(dataset), H5Pclose, "learn how " + path + " is stored"};
}

Handle open_any_dataset(hid_t parent, const std::string& path) {
  return {H5Dopen2(parent, path.c_str(), dataset_in_this_file()), H5Dclose, "open the dataset " + path};
}

Handle open_dataset(hid_t parent, const std::string& path) {
  Handle dataset = open_any_dataset(parent, path);
  const Handle creation = creation_of(dataset, path);
  if (H5Pget_layout(creation) == H5D_VIRTUAL || H5Pget_external_count(creation) != 0)
    throw Failure("open the dataset " + path, "its numbers are in another file, which is not followed");
  require_countable(dataset, path);
  return dataset;
}

bool exists(hid_t parent, const std::string& path) {
  // HDF5 fails, rather than saying no, where a link on the way is missing.
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const htri_t found = H5Lexists(parent, path.substr(0, end).c_str(), link_in_this_file());
    check(found, "look for " + path);
    if (found == 0) return false;
    if (end == std::string::npos) return true;
  }
}

std::vector<std::string> names(hid_t group) {
  H5G_info_t info{};
  check(H5Gget_info(group, &info), "list a group");
  const Handle creation(
      H5Iget_type(group) == H5I_FILE ? H5Fget_create_plist(group) : H5Gget_create_plist(group), H5Pclose,
      "list a group");
  unsigned order = 0;
  check(H5Pget_link_creation_order(creation, &order), "list a group");
  const H5_index_t index = (order & H5P_CRT_ORDER_INDEXED) != 0 ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
  std::vector<std::string> result;
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    const ssize_t size = H5Lget_name_by_idx(group, ".", index, H5_ITER_INC, i, nullptr, 0, H5P_DEFAULT);
    if (size < 0) throw Failure("list a group");
    std::string name(static_cast<std::size_t>(size) + 1, '\0');
    if (H5Lget_name_by_idx(group, ".", index, H5_ITER_INC, i, name.data(), name.size(), H5P_DEFAULT) < 0)
      throw Failure("list a group");
    name.pop_back();
    result.push_back(std::move(name));
  }
  return result;
}

bool is_group(hid_t parent, const std::string& name) {
  H5O_info_t info;
  check(H5Oget_info_by_name2(parent, name.c_str(), &info, H5O_INFO_BASIC, link_in_this_file()),
        "look at " + name);
  return info.type == H5O_TYPE_GROUP;
}

void GroupsSeen::enter(hid_t group, const std::string& path) {
  constexpr std::ptrdiff_t deepest = 64;
  H5O_info_t info;
  check(H5Oget_info2(group, &info, H5O_INFO_BASIC), "look at " + path);
  if (!entered_.insert(info.addr).second)
    throw Failure("read the group " + path, "it is linked from several places, as none of ours is");
  if (std::count(path.begin(), path.end(), '/') > deepest)
    throw Failure("read the group " + path, fmt::format("it is in more than {} others", deepest));
}

}  // namespace descent::runlog::hdf5
