#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "descent/base/checksum.hpp"
#include "descent/base/error.hpp"
#include "descent/runlog/detail/journal.hpp"
#include "descent/runlog/detail/journal_bytes.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::runlog {

namespace {

/// Takes numbers off the front of some bytes.
class Front {
 public:
  explicit Front(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <class Number>
  Number take() {
    Number number{};
    if (bytes_.size() < sizeof number) {
      short_ = true;
      return number;
    }
    std::memcpy(&number, bytes_.data(), sizeof number);
    bytes_ = bytes_.subspan(sizeof number);
    return number;
  }
  std::span<const std::byte> rest() const { return bytes_; }
  /// Whether more was taken than there was.
  bool is_short() const { return short_; }

 private:
  std::span<const std::byte> bytes_;
  bool short_ = false;
};

}  // namespace

JournalReader::JournalReader(const std::filesystem::path& file) {
  std::error_code unknown;
  if (std::filesystem::is_regular_file(file, unknown)) stream_.open(file, std::ios::binary);
  left_ = std::filesystem::file_size(file, unknown);
  if (!stream_.is_open() || unknown) throw Error(fmt::format("there is no journal '{}'", file.string()));
  std::string signature(journal::signature.size(), '\0');
  if (!read(std::as_writable_bytes(std::span(signature))) || signature != journal::signature)
    throw Error(fmt::format("'{}' is no journal of a log", file.string()));
  left_ -= signature.size();
  const std::optional<Record> first = next_record();
  if (!first || first->kind != journal::declaration)
    throw Error(
        fmt::format("the journal '{}' is damaged: it does not say what its log declares", file.string()));
  const std::span<const std::byte> text = first->content;
  schema_ = schema_of_declaration({reinterpret_cast<const char*>(text.data()), text.size()}, scalar_bytes_);
}

// False at the end of the file. What the disk refuses is no end: the records behind it would be lost.
bool JournalReader::read(std::span<std::byte> bytes) {
  errno = 0;
  stream_.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (stream_.bad()) throw RunError(fmt::format("cannot read {}: {}", files::journal, std::strerror(errno)));
  return static_cast<bool>(stream_);
}

std::optional<JournalReader::Record> JournalReader::next_record() {
  std::array<std::byte, journal::head_bytes> head{};
  if (left_ < head.size() || !read(head)) return std::nullopt;
  left_ -= head.size();
  Front front(head);
  const auto length = front.take<std::uint32_t>(), kind = front.take<std::uint32_t>(),
             checksum = front.take<std::uint32_t>();
  if (length > left_) return std::nullopt;
  content_.resize(length);
  if (!read(content_)) return std::nullopt;
  left_ -= length;
  checksum_ =
      crc32c(content_, crc32c(std::span<const std::byte>(head).first(journal::checksum_at), checksum_));
  if (checksum != checksum_) {
    left_ = 0;  // nothing counts from here on
    return std::nullopt;
  }
  return Record{kind, content_};
}

std::variant<std::monostate, JournalRows, JournalSnapshot> JournalReader::next() {
  const std::optional<Record> record = next_record();
  if (!record) return {};
  Front front(record->content);
  if (record->kind == journal::rows) {
    JournalRows rows;
    rows.set = front.take<std::uint32_t>();
    rows.count = front.take<std::uint32_t>();
    rows.words = front.rest();
    if (!front.is_short() && rows.set < schema_.sets.size() &&
        rows.words.size() == static_cast<std::size_t>(rows.count) *
                                 (2 + schema_.sets[rows.set].columns.size()) * sizeof(double))
      return rows;
  } else if (record->kind == journal::snapshot) {
    JournalSnapshot snapshot;
    snapshot.series = front.take<std::uint32_t>();
    snapshot.step = front.take<std::int64_t>();
    snapshot.limits[0] = front.take<double>();
    snapshot.limits[1] = front.take<double>();
    snapshot.checksum = front.take<std::uint32_t>();
    snapshot.offset = front.take<std::uint64_t>();
    snapshot.length = front.take<std::uint64_t>();
    snapshot.left_out = front.take<std::uint32_t>();
    if (!front.is_short() && front.rest().empty() &&
        snapshot.series < schema_.tensors.size() + schema_.histograms.size() + schema_.samples.size())
      return snapshot;
  }
  left_ = 0;
  return {};
}

}  // namespace descent::runlog
