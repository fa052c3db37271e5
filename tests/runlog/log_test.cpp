#include <rapidcheck.h>

#include <bit>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "descent/base/error.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/log_time.hpp"
#include "descent/runlog/log_writer.hpp"
#include "runlog/example.hpp"

using namespace descent;
using Catch::Matchers::Contains;

static bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) {
    return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
  });
}

TEST_CASE("what a log was told of its run is read back") {
  const descent::testing::ScratchFolder directory;
  write_example(directory.path, 1);
  const runlog::LogReader log(directory.path / "log.h5");
  const runlog::LogSchema schema = example_schema();
  CHECK(log.closed());
  const Value attributes = log.attributes();
  CHECK(attributes.find("status")->text() == "done");
  CHECK(attributes.find("run_id")->text() == schema.run_id);
  CHECK(attributes.find("schema_version")->integer() == runlog::log_schema_version);
  for (const Value::Entry& entry : schema.provenance.entries())
    CHECK(*attributes.find(entry.key) == entry.value);
  CHECK(log.experiment() == schema.experiment);
  CHECK(log.plugins() == schema.plugins);
  REQUIRE(log.sets().size() == 2);
  const runlog::MetricColumn loss = log.sets()[0].columns[0];
  CHECK(loss.name == "loss/generator.total");
  CHECK(loss.unit == "nat");
  CHECK(loss.description == "loss of the generator");
}

TEST_CASE("rows and snapshots are read back") {
  const descent::testing::ScratchFolder directory;
  constexpr std::int64_t steps = 200;
  write_example(directory.path, steps);
  const runlog::LogReader log(directory.path / "log.h5");

  std::vector<double> losses, times;
  for (std::int64_t step = 1; step <= steps; ++step) {
    losses.push_back(example_loss(step));
    times.push_back(runlog::checked_time(0.5 * static_cast<double>(step)));
  }
  CHECK(log.rows("train") == steps);
  CHECK(log.steps("train").front() == 1);
  CHECK(log.steps("train").back() == steps);
  CHECK(same_bits(log.column("train", "loss/generator.total"), losses));
  CHECK(same_bits(log.column("train", "loss.generator.total"), losses));
  CHECK(log.column("train", "wall_time") == times);
  CHECK(log.rows("validation.mode_coverage") == steps / 10);
  CHECK(log.column("validation.mode_coverage", "modes")[1] == 20 % 9);

  REQUIRE(log.series().size() == 6);
  for (const runlog::SeriesInfo& series : log.series()) CHECK(series.snapshots == steps / 10);
  CHECK(log.snapshot_steps("tensors/generator.0.weight/value")[4] == 50);
  const std::vector<Scalar> weight = example_weight(50);
  const std::vector<double> expected(weight.begin(), weight.end());
  CHECK(log.snapshot("tensors/generator.0.weight/value", 4) == expected);
  CHECK(log.snapshot("tensors/generator.0.weight/gradient", 4) == expected);
  CHECK(log.snapshot("tensors/log_scale/value", 4) == std::vector{expected[0]});
  CHECK(log.snapshot("samples/generated", 4) == std::vector(expected.begin(), expected.begin() + 10));
  const std::vector<std::int64_t> counts = example_counts(50);
  CHECK(log.snapshot("tensors/generator.0.weight/gradient_histogram", 4) ==
        std::vector<double>(counts.begin(), counts.end()));
  CHECK(log.limits("tensors/generator.0.weight/gradient_histogram", 4) == std::pair(-1.5, 2.0));
  CHECK(log.verify() == std::vector<std::string>{});
}

TEST_CASE("any rows in any sets come back bit by bit") {
  CHECK(rc::check([] {
    const auto set_count = *rc::gen::inRange<std::size_t>(1, 4);
    runlog::LogSchema schema;
    std::vector<std::size_t> row_counts;
    for (std::size_t set = 0; set < set_count; ++set) {
      schema.sets.push_back({"set" + std::to_string(set), {}});
      const auto columns = *rc::gen::inRange<std::size_t>(0, 5);
      for (std::size_t i = 0; i < columns; ++i)
        schema.sets.back().columns.push_back({"metric/" + std::to_string(i), "", ""});
      row_counts.push_back(*rc::gen::inRange<std::size_t>(0, 700));
    }
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const auto number = [&](std::size_t set, std::size_t row, std::size_t column) {
      return std::bit_cast<double>((seed + set) * 0x9E3779B97F4A7C15u ^ (row + 1) * 0xBF58476D1CE4E5B9u ^
                                   column * 0x94D049BB133111EBu);
    };

    const descent::testing::ScratchFolder directory;
    {
      runlog::LogWriter log(directory.path, schema);
      for (std::size_t row = 0; row < 700; ++row)
        for (std::size_t set = 0; set < set_count; ++set) {
          if (row >= row_counts[set]) continue;
          std::vector<double> values;
          for (std::size_t i = 0; i < schema.sets[set].columns.size(); ++i)
            values.push_back(number(set, row, i));
          log.append(log.set(schema.sets[set].name), static_cast<std::int64_t>(row),
                     0.25 * static_cast<double>(row), values);
        }
      log.finish(runlog::RunStatus::stopped);
    }
    const runlog::LogReader log(directory.path / "log.h5");
    RC_ASSERT(log.verify().empty());
    for (std::size_t set = 0; set < set_count; ++set) {
      const std::string& name = schema.sets[set].name;
      RC_ASSERT(log.rows(name) == static_cast<std::int64_t>(row_counts[set]));
      for (std::size_t column = 0; column < schema.sets[set].columns.size(); ++column) {
        std::vector<double> expected;
        for (std::size_t row = 0; row < row_counts[set]; ++row) expected.push_back(number(set, row, column));
        RC_ASSERT(same_bits(log.column(name, schema.sets[set].columns[column].name), expected));
      }
    }
  }));
}

TEST_CASE("a schema with names that HDF5 and its readers cannot hold is refused, with all its problems") {
  runlog::LogSchema schema;
  schema.sets = {{"train",
                  {{"loss/total", "", ""},
                   {"loss.total", "", ""},
                   {"step", "", ""},
                   {"two words", "", ""},
                   {"/a", "", ""}}}};
  schema.tensors = {{"weight", {3}},        {"weight/value", {3}},
                    {"empty", {0}},         {"huge", {1 << 16, 1 << 16}},
                    {"w", {2, 2}, {"row"}}, {"pixels", {1, 2, 2}, {}, "", false, true}};
  schema.samples = {{"digits", {10, 28}, {}, "", false, true}};
  schema.histograms = {{"h", 0}};
  schema.provenance.set("status", Value::of("fine"));
  const descent::testing::ScratchFolder directory;
  CHECK_THROWS_WITH(runlog::LogWriter(directory.path, schema),
                    Contains("both need '/metrics/train/loss.total'") && Contains("'/metrics/train/step'") &&
                        Contains("'two words'") && Contains("'/a'") && Contains("group '/tensors/weight'") &&
                        Contains("'empty'") && Contains("'huge'") &&
                        Contains("'pixels' cannot be of images") && Contains("names 1 dimensions") &&
                        Contains("(count, height, width, 1)") && Contains("0 bins") &&
                        Contains("attribute 'status'"));
  CHECK(std::filesystem::is_empty(directory.path));
}

TEST_CASE("a log of nothing is a log") {
  const descent::testing::ScratchFolder directory;
  {
    runlog::LogWriter log(directory.path, {});
    log.finish(runlog::RunStatus::skipped);
  }
  const runlog::LogReader log(directory.path / "log.h5");
  CHECK(log.attributes().find("status")->text() == "skipped");
  CHECK(log.sets().empty());
  CHECK(log.series().empty());
  CHECK(log.plugins().empty());
  CHECK(log.experiment().empty());
  CHECK(log.verify().empty());
}

TEST_CASE("a log is never written over, and what was not declared cannot be logged") {
  const descent::testing::ScratchFolder directory;
  write_example(directory.path, 3);
  CHECK_THROWS_WITH(runlog::LogWriter(directory.path, example_schema()), Contains("there is a log already"));
  CHECK_THROWS_WITH(runlog::LogWriter(directory.path / "nowhere", example_schema()),
                    Contains("there is no run directory"));
  CHECK(runlog::LogReader(directory.path / "log.h5").rows("train") == 3);

  std::filesystem::remove(directory.path / "log.h5");
  const runlog::LogWriter log(directory.path, example_schema());
  CHECK_THROWS_WITH(log.set("trian"), Contains("no metric set 'trian'; did you mean 'train'?"));
  CHECK_THROWS_AS(log.tensor("samples"), Error);
  CHECK_THROWS_AS(log.histogram("generated"), Error);
  CHECK_THROWS_AS(log.sample("generator.0.weight/value"), Error);
}

TEST_CASE("what a killed process left of a log that was being made is no obstacle") {
  const descent::testing::ScratchFolder directory;
  std::ofstream(directory.path / "log.h5.part") << "half a file";
  write_example(directory.path, 3);
  CHECK(runlog::LogReader(directory.path / "log.h5").rows("train") == 3);
  CHECK_FALSE(std::filesystem::exists(directory.path / "log.h5.part"));
}

TEST_CASE("a writer that is destroyed without a status leaves everything appended, and the status running") {
  const descent::testing::ScratchFolder directory;
  {
    runlog::LogWriter log(directory.path, example_schema());
    append_example(log, 1, 30);
  }
  const runlog::LogReader log(directory.path / "log.h5");
  CHECK(log.closed());
  CHECK(log.attributes().find("status")->text() == "running");
  CHECK(log.rows("train") == 30);
  CHECK(log.verify() == std::vector<std::string>{});
}

TEST_CASE("files that are no logs are refused with the reason") {
  const descent::testing::ScratchFolder directory;
  const auto file = directory.path / "log.h5";
  CHECK_THROWS_WITH(runlog::LogReader(file), Contains("there is no log"));
  std::ofstream(file).close();
  CHECK_THROWS_WITH(runlog::LogReader(file), Contains("empty"));
  std::ofstream(file) << "name: gan_ring";
  CHECK_THROWS_WITH(runlog::LogReader(file), Contains("not an HDF5 file"));
  std::filesystem::remove(file);
  CHECK_THROWS_WITH(runlog::LogReader(directory.path), Contains("cannot be read"));

  write_example(directory.path, 300);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1000);
  CHECK_THROWS_WITH(runlog::LogReader(file), Contains("cut short or damaged"));
  std::filesystem::resize_file(file, 60);
  CHECK_THROWS_WITH(runlog::LogReader(file), Contains("cut short or damaged"));
}

TEST_CASE("names that a log does not have are errors that name the nearest") {
  const descent::testing::ScratchFolder directory;
  write_example(directory.path, 10);
  const runlog::LogReader log(directory.path / "log.h5");
  CHECK_THROWS_WITH(log.rows("tarin"), Contains("did you mean 'train'?"));
  CHECK_THROWS_WITH(log.column("train", "loss/generator.totl"),
                    Contains("did you mean 'loss.generator.total'?"));
  CHECK_THROWS_WITH(log.snapshot_steps("tensors/generator.0.weight/valu"), Contains("did you mean"));
}
