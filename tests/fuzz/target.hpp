#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "descent/base/error.hpp"
#include "descent/base/temporary_folder.hpp"
#include "descent/config/value.hpp"

/// What the fuzz targets share. A target is a file with LLVMFuzzerTestOneInput(), which hands its input to one reader. A finding is
/// everything but a value or a descent::Error: a crash, a report of a sanitizer, another exception, a broken require().
namespace descent::fuzz {

/// The input of a target as text.
std::string_view text_of(const std::uint8_t* data, std::size_t size);

/// `text` at the bytes 0x1e (ASCII's record separator), at most `count` parts: what is to be several files, or a file and words
/// of the command line. The last part has the rest.
std::vector<std::string_view> parts_of(std::string_view text, std::size_t count);

/// Whether `read` came to its end. An Error is an answer; any other exception leaves the target and is a finding.
template <class Read>
bool reads(Read&& read) {
  try {
    read();
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// Prints `what` and aborts where `holds` is false.
void require(bool holds, const char* what);

/// Files that a reader is to read, in a folder of $TMPDIR, which tools/fuzz sets to one in memory. Every input overwrites those of
/// the one before.
class Files {
 public:
  const std::filesystem::path& folder() const { return folder_.path(); }
  std::filesystem::path write(const std::string& name, std::string_view bytes);
  void remove(const std::string& name);
  void clear();

 private:
  TemporaryFolder folder_{"descent-fuzz"};
};

/// Opens the data set plugin `name` with these options, and reads its first and last example of each split.
void read_dataset(const std::string& name, const Value& options);

}  // namespace descent::fuzz
