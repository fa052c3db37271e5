#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <optional>

#include "descent/base/error.hpp"
#include "descent/base/file.hpp"
#include "descent/runlog/detail/journal.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/log_repair.hpp"
#include "runlog/example.hpp"
#include "runlog/log_contents.hpp"
#include "support/files.hpp"

using namespace descent;
using namespace descent::testing;

namespace {

namespace fs = std::filesystem;

/// Leaves the files of a run that is being written: a log of this many steps, and its journal.
void leave_unfinished(const fs::path& directory, std::int64_t steps, const runlog::LogSchema& schema) {
  const ScratchFolder other;
  runlog::LogWriter log(other.path, schema);
  append_example(log, 1, steps);
  log.synchronize();
  for (const char* name : {"log.h5", "log.journal"}) fs::copy_file(other.path / name, directory / name);
}

void overwrite(const fs::path& file, std::streamoff at, const std::string& bytes) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(at);
  stream << bytes;
  REQUIRE(stream);
}

std::int64_t records_in(const fs::path& journal) {
  runlog::JournalReader reader(journal);
  std::int64_t records = 0;
  while (!std::holds_alternative<std::monostate>(reader.next())) ++records;
  return records;
}

std::optional<std::int64_t> records_if_readable(const fs::path& journal) try {
  return records_in(journal);
} catch (const Error&) {
  return std::nullopt;
}

/// The declaration of a schema, which reads back as the same.
std::string declared(const runlog::LogSchema& schema) {
  std::size_t scalar_bytes = 0;
  const std::string text = runlog::journal_declaration(schema);
  const runlog::LogSchema again = runlog::schema_of_declaration(text, scalar_bytes);
  CHECK(scalar_bytes == sizeof(Scalar));
  CHECK(runlog::journal_declaration(again) == text);
  for (const Value::Entry& entry : schema.provenance.entries())
    CHECK(*again.provenance.find(entry.key) == entry.value);
  return text;
}

}  // namespace

TEST_CASE("a log whose own bookkeeping is destroyed is made anew from its journal, with all its numbers") {
  runlog::LogSchema schema = example_schema();
  for (runlog::TensorSeries& series : schema.tensors) series.compress = true;
  const bool packed = GENERATE(false, true);
  const ScratchFolder directory;
  leave_unfinished(directory.path, 130, packed ? schema : example_schema());
  const fs::path file = directory.path / "log.h5";
  const LogContents contents = contents_of(runlog::LogReader(file));
  overwrite(file, 0, std::string(2048, '\0'));
  CHECK_THROWS_AS(runlog::LogReader(file), Error);
  const runlog::LogRepair repair = runlog::repair_log(directory.path);
  CHECK(repair.from_journal);
  for (const runlog::SalvagedTable& table : repair.tables) {
    INFO(table.path << ": " << table.reason);
    CHECK(table.kept == table.committed);
    CHECK(table.kept == (table.path == "metrics/train" ? 130 : 13));
  }
  const runlog::LogReader log(file);
  CHECK(log.closed());
  CHECK(log.verify().empty());
  CHECK(contents_of(log) == contents);
  CHECK_FALSE(fs::exists(directory.path / "log.journal"));
  CHECK(fs::exists(directory.path / "log.h5.damaged-1"));
}

TEST_CASE("snapshots whose numbers are destroyed are lost from there on, everything else is kept") {
  const ScratchFolder directory;
  leave_unfinished(directory.path, 130, example_schema());
  const fs::path file = directory.path / "log.h5";
  flip(file, bytes_of(example_weight(50)[5]) + bytes_of(example_weight(50)[6]));
  overwrite(file, 0, std::string(2048, '\0'));
  for (const runlog::SalvagedTable& table : runlog::repair_log(directory.path).tables) {
    INFO(table.path << ": " << table.reason);
    const bool hit = table.path == "tensors/generator.0.weight/value";
    CHECK(table.committed == (table.path == "metrics/train" ? 130 : 13));
    CHECK(table.kept == (hit ? 4 : table.committed));
    CHECK(table.reason.empty() == !hit);
  }
  CHECK(runlog::LogReader(file).verify().empty());
}

TEST_CASE("without log.h5 the journal gives the rows of all sets") {
  const ScratchFolder directory;
  leave_unfinished(directory.path, 40, example_schema());
  fs::remove(directory.path / "log.h5");
  const runlog::LogRepair repair = runlog::repair_log(directory.path);
  CHECK(repair.damaged_log.empty());
  CHECK(runlog::LogReader(directory.path / "log.h5").rows("train") == 40);
}

TEST_CASE("a journal that is cut anywhere holds the records before the cut") {
  const ScratchFolder directory;
  leave_unfinished(directory.path, 30, example_schema());
  const fs::path journal = directory.path / "log.journal", cut = directory.path / "cut";
  const std::string whole = read_file(journal);
  const std::int64_t records = records_in(journal);
  CHECK(records > 10);
  std::int64_t last = -1;
  for (std::size_t length = 0; length <= whole.size(); length += length + 200 < whole.size() ? 7 : 1) {
    std::ofstream(cut, std::ios::binary | std::ios::trunc) << whole.substr(0, length);
    const std::int64_t found = records_if_readable(cut).value_or(-1);  // where the declaration is cut
    CHECK(found >= last);
    last = found;
  }
  CHECK(last == records);
}

TEST_CASE("a journal with a changed byte holds only records before it") {
  const ScratchFolder directory;
  leave_unfinished(directory.path, 30, example_schema());
  const fs::path journal = directory.path / "log.journal", changed = directory.path / "changed";
  const std::string whole = read_file(journal);
  const std::int64_t records = records_in(journal);
  for (std::size_t at = 0; at < whole.size(); at += 13) {
    std::string text = whole;
    text[at] = static_cast<char>(text[at] ^ 0x10);
    std::ofstream(changed, std::ios::binary | std::ios::trunc) << text;
    const std::optional<std::int64_t> found = records_if_readable(changed);
    if (found)
      CHECK(*found < records);
    else
      CHECK(at < 16 + 12 + runlog::journal_declaration(example_schema()).size());
  }
}

TEST_CASE("what a log declares goes through its journal unchanged") {
  runlog::LogSchema schema = example_schema();
  schema.samples[1].dimensions = {"digit", "row", "column", "channel"};
  schema.sets[1].columns[0] = {"modes", "", "modes found", "higher", "of 2500 samples"};
  schema.sets[1].columns[1].beside_first = schema.sets[0].columns[0].logarithmic = true;
  schema.provenance.set("whole", Value::of(3.0));
  schema.provenance.set("fraction", Value::of(0.1));
  schema.provenance.set("count", Value::of(3));
  CHECK(declared(schema).find("of 2500 samples") != std::string::npos);
  CHECK(declared(schema).find("\"beside_first\": true") != std::string::npos);
  CHECK(declared(schema).find("\"logarithmic\": true") != std::string::npos);
  CHECK_THROWS_AS(
      [] {
        std::size_t bytes = 0;
        return runlog::schema_of_declaration("{\"schema_version\": 1}", bytes);
      }(),
      Error);
}

TEST_CASE("a journal of an early build of 0.2, which says nothing of how columns are drawn, is read") {
  std::string text = runlog::journal_declaration(example_schema());
  for (const std::string said : {", \"beside_first\": false", ", \"logarithmic\": false"}) {
    REQUIRE(text.find(said) != std::string::npos);
    for (std::size_t at = text.find(said); at != std::string::npos; at = text.find(said))
      text.erase(at, said.size());
  }
  std::size_t scalar_bytes = 0;
  const runlog::LogSchema schema = runlog::schema_of_declaration(text, scalar_bytes);
  CHECK_FALSE(schema.sets[0].columns[1].beside_first);
  CHECK(schema.sets[0].columns[0].unit == "nat");
}

TEST_CASE("a finished log has no journal, and one that is gone on with has one again") {
  const ScratchFolder directory;
  write_example(directory.path, 30);
  CHECK_FALSE(fs::exists(directory.path / "log.journal"));
  runlog::LogWriter again(directory.path, example_schema(), runlog::KeptRows{{{"metrics/train", 20}}});
  CHECK(records_in(directory.path / "log.journal") == 1);
  again.finish(runlog::RunStatus::done);
  CHECK_FALSE(fs::exists(directory.path / "log.journal"));
}
