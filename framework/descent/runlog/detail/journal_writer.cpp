#include <fcntl.h>
#include <fmt/format.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "descent/base/checksum.hpp"
#include "descent/runlog/detail/journal.hpp"
#include "descent/runlog/detail/journal_bytes.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::runlog {

static_assert(std::endian::native == std::endian::little, "the journal takes numbers as they lie in memory");

[[noreturn]] static void refuse(const char* action) {
  throw std::runtime_error(fmt::format("cannot {} {}: {}", action, files::journal, std::strerror(errno)));
}

static void write_all(int file, const std::byte* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t written = write(file, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) refuse("write");
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
}

JournalWriter::JournalWriter(const std::filesystem::path& file, const LogSchema& schema)
    : file_(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666)) {
  if (file_.get() < 0) refuse("create");
  const auto signature = std::as_bytes(std::span(journal::signature));
  write_all(file_.get(), signature.data(), signature.size());
  begin(journal::declaration);
  const std::string declaration = journal_declaration(schema);
  put_bytes(std::as_bytes(std::span(declaration)));
  end();
}

JournalWriter create_journal(const std::filesystem::path& directory, const LogSchema& schema) {
  const std::filesystem::path part = part_of(directory / files::journal);
  std::filesystem::remove(part);
  return {part, schema};
}

void JournalWriter::rows(std::size_t set, std::int64_t count, std::size_t row_bytes,
                         const std::function<const std::byte*(std::int64_t)>& row_at) {
  begin(journal::rows);
  put(static_cast<std::uint32_t>(set));
  put(static_cast<std::uint32_t>(count));
  for (std::int64_t i = 0; i < count; ++i) put_bytes({row_at(i), row_bytes});
  end();
}

void JournalWriter::snapshot(const JournalSnapshot& snapshot) {
  begin(journal::snapshot);
  put(static_cast<std::uint32_t>(snapshot.series));
  put(snapshot.step);
  put(snapshot.limits[0]);
  put(snapshot.limits[1]);
  put(snapshot.checksum);
  put(snapshot.offset);
  put(snapshot.length);
  put(snapshot.left_out);
  end();
}

void JournalWriter::synchronize() {
  if (fdatasync(file_.get()) != 0) refuse("synchronize");
}

void JournalWriter::begin(std::uint32_t kind) {
  record_.clear();
  put(std::uint32_t{0});  // the length, and below the checksum: end() knows them
  put(kind);
  put(std::uint32_t{0});
}

template <class Number>
void JournalWriter::put(Number number) {
  put_bytes(std::as_bytes(std::span(&number, 1)));
}

void JournalWriter::put_bytes(std::span<const std::byte> bytes) {
  record_.insert(record_.end(), bytes.begin(), bytes.end());
}

void JournalWriter::end() {
  const auto length = static_cast<std::uint32_t>(record_.size() - journal::head_bytes);
  std::memcpy(record_.data(), &length, sizeof length);
  const std::span<const std::byte> record(record_);
  checksum_ =
      crc32c(record.subspan(journal::head_bytes), crc32c(record.first(journal::checksum_at), checksum_));
  std::memcpy(record_.data() + journal::checksum_at, &checksum_, sizeof checksum_);
  write_all(file_.get(), record_.data(), record_.size());
}

}  // namespace descent::runlog
