#include "fuzz/hdf5_file.hpp"

#include "descent/base/file.hpp"
#include "fuzz/hdf5_edits.hpp"

namespace descent::fuzz {

bool write_hdf5(Files& files, const std::string& name, const std::uint8_t* data, std::size_t size,
                const std::function<void(const std::filesystem::path& file)>& make) {
  static std::map<const Files*, std::string> whole;  // of each target's
  if (size == 0) return false;
  if (data[0] % 2 == 0) {
    files.write(name, text_of(data + 1, size - 1));
    return true;
  }
  std::string& bytes = whole[&files];
  if (bytes.empty()) {
    files.remove(name);
    make(files.folder() / name);
    bytes = read_file(files.folder() / name);
  }
  edit_hdf5(files.write(name, bytes), {data + 1, size - 1});
  return true;
}

}  // namespace descent::fuzz
