#include "descent/archive/npz_file.hpp"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <cerrno>

#include "descent/base/error.hpp"
#include "descent/base/npy.hpp"
#include "descent/base/text.hpp"

namespace descent::archive {

struct NpzFile::Archive {
  std::unique_ptr<zip_t, decltype(&zip_discard)> handle{nullptr, &zip_discard};
  std::vector<std::string> names;
};

NpzFile::NpzFile(const std::filesystem::path& file) : file_(file), archive_(std::make_unique<Archive>()) {
  std::error_code unknown;
  if (std::filesystem::is_directory(file, unknown)) refuse("this is a directory, not a .npz file");
  if (!std::filesystem::exists(file, unknown)) refuse("there is no such file");
  int problem = 0;
  archive_->handle.reset(zip_open(file.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &problem));
  if (!archive_->handle) {
    zip_error_t error;
    zip_error_init_with_code(&error, problem);
    const std::string text = zip_error_strerror(&error);
    zip_error_fini(&error);
    refuse(fmt::format("this is no .npz file, or it is cut short ({})", text));
  }
  const zip_int64_t count = zip_get_num_entries(archive_->handle.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = zip_get_name(archive_->handle.get(), static_cast<zip_uint64_t>(i), ZIP_FL_ENC_GUESS);
    if (name == nullptr) refuse("the archive's directory is damaged");
    archive_->names.emplace_back(name);
    if (archive_->names.back().ends_with(".npy"))
      archive_->names.back().resize(archive_->names.back().size() - 4);
  }
}

NpzFile::~NpzFile() = default;

void NpzFile::refuse(const std::string& why) const {
  throw Error(SourceLocation{file_.string()}, why, codes::unreadable);
}

std::vector<std::string> NpzFile::names() const {
  return archive_->names;
}

bool NpzFile::has(const std::string& name) const {
  return std::count(archive_->names.begin(), archive_->names.end(), name) > 0;
}

ElementArray NpzFile::array(const std::string& name) const {
  const auto found = std::find(archive_->names.begin(), archive_->names.end(), name);
  if (found == archive_->names.end())
    refuse(fmt::format("there is no array '{}'{}", name, suggestion(name, archive_->names)));
  const auto index = static_cast<zip_uint64_t>(found - archive_->names.begin());
  zip_t* handle = archive_->handle.get();
  zip_stat_t status;
  zip_stat_init(&status);
  if (zip_stat_index(handle, index, 0, &status) != 0)
    refuse(fmt::format("the array '{}' cannot be read: {}", name, zip_strerror(handle)));
  // Before anything is taken from memory for it: deflate makes at most 1032 bytes of one.
  constexpr zip_uint64_t most_for_a_byte = 1032, of_an_empty_member = 64;
  const bool deflated = status.comp_method == ZIP_CM_DEFLATE;
  if (!deflated && status.comp_method != ZIP_CM_STORE)
    refuse(fmt::format("the array '{}' is compressed in a way that numpy does not use; save it again", name));
  if (deflated ? status.size / most_for_a_byte > status.comp_size + of_an_empty_member
               : status.size != status.comp_size)
    refuse(fmt::format("the array '{}' is damaged: {} bytes are to hold {}", name, status.comp_size,
                       status.size));
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> member(zip_fopen_index(handle, index, 0),
                                                                 &zip_fclose);
  if (!member) refuse(fmt::format("the array '{}' cannot be read: {}", name, zip_strerror(handle)));
  const auto read = [&](std::byte* out, std::size_t count) {
    while (count > 0) {
      const zip_int64_t got = zip_fread(member.get(), out, count);
      if (got <= 0)
        throw NpyProblem(
            fmt::format("is damaged: {}", got == 0 ? "it ends too early" : zip_file_strerror(member.get())));
      out += got;
      count -= static_cast<std::size_t>(got);
    }
  };
  try {
    ElementArray array = read_npy(status.size, read);
    std::byte beyond;  // at the end libzip compares the checksum
    if (zip_fread(member.get(), &beyond, 1) != 0)
      throw NpyProblem(fmt::format("is damaged: {}", zip_file_strerror(member.get())));
    return array;
  } catch (const NpyProblem& problem) {
    refuse(fmt::format("the array '{}' {}", name, problem.what()));
  }
}

}  // namespace descent::archive
