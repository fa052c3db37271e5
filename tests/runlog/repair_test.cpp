#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "descent/base/checksum.hpp"
#include "descent/base/error.hpp"
#include "descent/runlog/log_pack.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/log_repair.hpp"
#include "runlog/example.hpp"
#include "runlog/log_contents.hpp"
#include "support/child.hpp"
#include "support/files.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

namespace {

/// What of a schema can be told from a log.
std::string text_of(const runlog::LogSchema& schema) {
  std::string text = schema.run_id + "|" + schema.experiment + "|";
  for (const runlog::PluginRow& row : schema.plugins)
    text += row.kind + row.name + row.version + row.path + row.sha256 + "|";
  for (const runlog::MetricSet& set : schema.sets) {
    text += set.name + ":";
    for (const runlog::MetricColumn& one : set.columns)
      text += one.name + "," + one.unit + "," + (one.description.empty() ? one.name : one.description) + "," +
              one.direction + ";";
  }
  for (const auto* all : {&schema.tensors, &schema.samples})
    for (const runlog::TensorSeries& one : *all) {
      text += one.path + one.shape.text() + one.description + (one.compress ? " compressed" : "");
      for (const std::string& dimension : one.dimensions) text += " " + dimension;
      if (one.image) text += " " + std::to_string(one.minimum) + " " + std::to_string(one.maximum);
      text += ";";
    }
  for (const runlog::HistogramSeries& one : schema.histograms)
    text += one.path + std::to_string(one.bins) + one.description + ";";
  return text;
}

runlog::LogSchema schema_with_named_dimensions() {
  runlog::LogSchema schema = example_schema();
  schema.samples[1].dimensions = {"digit", "row", "column", "channel"};
  schema.sets[1].columns[0].direction = "higher";
  return schema;
}

}  // namespace

TEST_CASE("a log says what it declares") {
  const ScratchFolder directory;
  const runlog::LogSchema schema = schema_with_named_dimensions();
  runlog::LogWriter(directory.path, schema).finish(runlog::RunStatus::done);
  const runlog::LogSchema found = runlog::LogReader(directory.path / "log.h5").schema();
  CHECK(text_of(found) == text_of(schema));
  for (const Value::Entry& entry : schema.provenance.entries())
    CHECK(*found.provenance.find(entry.key) == entry.value);
  CHECK(found.provenance.entries().size() == schema.provenance.entries().size());
}

TEST_CASE("dimensions that share a name are told apart by whom they belong to") {
  const ScratchFolder directory;
  runlog::LogSchema schema;
  schema.tensors = {{"layer/a", {3, 4}, {"out", "in"}}, {"layer/b", {3, 5}, {"out", "in"}}, {"layer/c", {2}}};
  schema.histograms = {{"layer/h", 8}, {"layer/g", 16}};
  runlog::LogWriter(directory.path, schema).finish(runlog::RunStatus::done);
  const runlog::LogSchema found = runlog::LogReader(directory.path / "log.h5").schema();
  REQUIRE(found.tensors.size() == 3);
  CHECK(found.tensors[0].dimensions == std::vector<std::string>{"out", "in"});
  CHECK(found.tensors[1].dimensions == std::vector<std::string>{"out", "b_in"});
  CHECK(found.tensors[2].dimensions == std::vector<std::string>{"c_0"});

  const ScratchFolder again;
  runlog::LogWriter(again.path, found).finish(runlog::RunStatus::done);
  CHECK(text_of(runlog::LogReader(again.path / "log.h5").schema()) == text_of(found));
}

TEST_CASE("the log of a killed writer becomes a closed one that has everything; the old file stays") {
  const ScratchFolder directory;
  const auto file = directory.path / "log.h5";
  {
    Child writer("child: append without end", directory.path);
    REQUIRE(writer.wait_for("written ") > 0);
    writer.kill();
    writer.wait();
  }
  const std::string before = sha256_of_file(file);
  const LogContents contents = contents_of(runlog::LogReader(file));
  const std::string declared = text_of(runlog::LogReader(file).schema());
  const runlog::LogRepair repair = runlog::repair_log(directory.path);
  const runlog::LogReader log(file);
  CHECK(log.closed());
  CHECK(log.verify().empty());
  CHECK(contents_of(log) == contents);
  CHECK(text_of(log.schema()) == declared);
  CHECK(log.attributes().find("status")->text() == "running");
  CHECK(repair.lost.empty());
  REQUIRE(repair.tables.size() == 8);
  for (const runlog::SalvagedTable& table : repair.tables) {
    CHECK(table.kept == table.committed);
    CHECK(table.reason.empty());
  }
  CHECK(repair.damaged_log == directory.path / "log.h5.damaged-1");
  CHECK(sha256_of_file(repair.damaged_log) == before);
  CHECK(runlog::repair_log(directory.path).damaged_log == directory.path / "log.h5.damaged-2");
  CHECK_FALSE(std::filesystem::exists(directory.path / "log.h5.part"));
}

TEST_CASE("of a damaged set the rows before the damage are kept, of every other set everything") {
  const ScratchFolder directory;
  write_example(directory.path, 40);
  const auto file = directory.path / "log.h5";
  flip(file, bytes_of(example_loss(17)));
  flip(file, bytes_of(example_weight(30)[5]) + bytes_of(example_weight(30)[6]));
  const runlog::LogRepair repair = runlog::repair_log(directory.path);
  for (const runlog::SalvagedTable& table : repair.tables) {
    INFO(table.path);
    const bool set = table.path == "metrics/train", series = table.path == "tensors/generator.0.weight/value";
    CHECK(table.kept == (set ? 16 : series ? 2 : 4));
    CHECK(table.committed == (set ? 40 : 4));
    CHECK(table.reason.empty() == !(set || series));
  }
  const runlog::LogReader log(file);
  CHECK(log.rows("train") == 16);
  CHECK(log.verify().empty());
}

TEST_CASE("a cut log is repaired up to the cut") {
  const ScratchFolder directory;
  write_example(directory.path, 3000);
  const auto file = directory.path / "log.h5";
  const LogContents contents = contents_of(runlog::LogReader(file));
  std::filesystem::resize_file(file, std::filesystem::file_size(file) * 3 / 4);
  CHECK_THROWS_AS(runlog::LogReader(file), Error);
  runlog::repair_log(directory.path);
  const runlog::LogReader log(file);
  CHECK(log.verify().empty());
  CHECK(is_beginning_of(contents_of(log), contents));
  CHECK(log.rows("train") > 1000);
  CHECK(log.rows("train") < 3000);
}

TEST_CASE("a damaged copy of the experiment comes from experiment.yaml; a damaged table of plugins is lost") {
  const ScratchFolder directory;
  write_example(directory.path, 20);
  const auto file = directory.path / "log.h5";
  std::ofstream(directory.path / "experiment.yaml") << example_schema().experiment;
  flip(file, "name: gan_ring");
  flip(file, "/lib/libadam.so");
  const runlog::LogRepair repair = runlog::repair_log(directory.path);
  REQUIRE(repair.lost.size() == 2);
  CHECK_THAT(repair.lost[0], Contains("experiment/yaml is lost"));
  CHECK_THAT(repair.lost[1], Contains("experiment/plugins is lost"));
  const runlog::LogReader log(file);
  CHECK(log.experiment() == example_schema().experiment);
  CHECK(log.plugins().empty());
  CHECK(log.verify().empty());
  CHECK(log.rows("train") == 20);
}

TEST_CASE("a log whose beginning is destroyed is refused, and stays as it is") {
  const ScratchFolder directory;
  write_example(directory.path, 20);
  const auto file = directory.path / "log.h5";
  std::string bytes = content(file);
  bytes.replace(20, 400, 400, '\0');
  std::ofstream(file, std::ios::binary) << bytes;
  CHECK_THROWS_WITH(runlog::repair_log(directory.path), Contains("cut short or damaged"));
  CHECK(content(file) == bytes);
  CHECK(std::distance(std::filesystem::directory_iterator(directory.path), {}) == 1);
}

TEST_CASE("child: repair on a full disk", "[.]") {
  const auto directory = child_directory();
  if (!directory) return;
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{1 << 16, 1 << 16};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  CHECK_THROWS_WITH(runlog::repair_log(*directory), Contains("cannot write") && Contains("File too large"));
  CHECK_THROWS_WITH(runlog::pack_log(*directory / "log.h5", *directory / "packed.h5"),
                    Contains("cannot write") && Contains("File too large"));
}

TEST_CASE("a full disk is an error that leaves the log as it was") {
  const ScratchFolder directory;
  write_example(directory.path, 3000);
  const auto file = directory.path / "log.h5";
  const std::string before = sha256_of_file(file);
  Child repair("child: repair on a full disk", directory.path);
  CHECK(repair.wait() == 0);
  CHECK(sha256_of_file(file) == before);
  CHECK(std::distance(std::filesystem::directory_iterator(directory.path), {}) == 1);
}

TEST_CASE("a packed log holds the same in fewer bytes") {
  const ScratchFolder directory;
  write_example(directory.path, 3000);
  const auto file = directory.path / "log.h5", packed = directory.path / "packed.h5";
  const runlog::PackedSize size = runlog::pack_log(file, packed);
  CHECK(size.before == std::filesystem::file_size(file));
  CHECK(size.after == std::filesystem::file_size(packed));
  CHECK(size.after < size.before / 2);
  const runlog::LogReader original(file), log(packed);
  CHECK(log.verify().empty());
  CHECK(contents_of(log) == contents_of(original));
  CHECK(log.attributes() == original.attributes());
  CHECK(log.experiment() == original.experiment());
  CHECK(log.plugins() == original.plugins());

  CHECK_THROWS_WITH(runlog::pack_log(file, packed), Contains("there is a file"));
  const LogContents contents = contents_of(original);
  CHECK(runlog::pack_log(file, file).after == size.after);
  CHECK(contents_of(runlog::LogReader(file)) == contents);
  CHECK_FALSE(std::filesystem::exists(directory.path / "log.h5.part"));
}

TEST_CASE("sets and series without rows can be packed") {
  const ScratchFolder directory;
  write_example(directory.path, 3);
  const auto file = directory.path / "log.h5";
  runlog::pack_log(file, file);
  const runlog::LogReader log(file);
  CHECK(log.rows("train") == 3);
  CHECK(log.rows("validation.mode_coverage") == 0);
  CHECK(log.verify().empty());
}

TEST_CASE("only a finished log without damage is packed") {
  const ScratchFolder directory;
  const auto file = directory.path / "log.h5", packed = directory.path / "packed.h5";
  {
    runlog::LogWriter log(directory.path, example_schema());
    append_example(log, 1, 20);
    log.synchronize();
    Child child("child: pack", directory.path);
    CHECK(child.wait() == 0);
  }
  flip(file, bytes_of(example_loss(17)));
  CHECK_THROWS_WITH(runlog::pack_log(file, packed), Contains("is damaged") && Contains("row 16"));
  CHECK_THROWS_WITH(runlog::pack_log(directory.path / "nowhere.h5", packed), Contains("there is no log"));
  CHECK_FALSE(std::filesystem::exists(packed));
}

TEST_CASE("child: pack", "[.]") {
  const auto directory = child_directory();
  if (!directory) return;
  CHECK_THROWS_WITH(runlog::pack_log(*directory / "log.h5", *directory / "packed.h5"),
                    Contains("is not finished"));
}
