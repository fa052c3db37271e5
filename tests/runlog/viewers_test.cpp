// What viewers of other people make of a log: which curves, pictures and axes they are led to.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "descent/base/error.hpp"
#include "descent/runlog/log_pack.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/log_repair.hpp"
#include "descent/runlog/log_writer.hpp"
#include "runlog/python.hpp"
#include "support/files.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

runlog::LogSchema viewed_schema() {
  runlog::LogSchema schema;
  schema.run_id = "viewed";
  schema.provenance = Value::map({{"scalar", Value::of("float"), {}}});
  schema.experiment = "name: viewed\n";
  schema.sets = {{"train",
                  {{"generator/objective", "", "objective of player 'generator'", "lower"},
                   {"generator/elbo/kl", "nat", "term 'kl' of loss 'elbo'", "", "", true},
                   {"discriminator/objective", "", "", "", "", true},
                   {"optimizer.*.adam.learning_rate", "", "value of the schedule"},
                   {"elbo.beta", "", "value of the schedule"}}},
                 {"validation.distance",
                  {{"squared", "px", "", "lower", "of 10 samples", false, true},
                   {"title", "1", ""},
                   {"signal", "", ""},
                   {"squared_errors", "px", ""},
                   {"errors", "", ""},
                   {"default", "", ""},
                   {"axes", "", ""},
                   {"name", "", ""},
                   {"scaling_factor", "", ""},
                   {"offset", "", ""}}}};
  schema.tensors = {{"layer/weight/value", {3, 4}}, {"layer/bias/value", {4}}, {"kernel/value", {2, 3, 4}}};
  schema.histograms = {{"layer/counts_histogram", 8}};
  schema.samples = {{"point", {5, 2}},
                    {"image", {5, 2, 3, 1}, {}, "samples", false, true, -1, 1},
                    {"photo", {3, 2, 4, 3}, {}, "", true, true},
                    {"old", {2, 2, 2}, {}, "", false, true}};
  return schema;
}

std::vector<Scalar> numbers(std::int64_t count, std::int64_t step) {
  std::vector<Scalar> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), static_cast<Scalar>(1000 * step));
  return values;
}

void append_step(runlog::LogWriter& log, std::int64_t step) {
  const double row[] = {1, 2, 3, 4, 5};
  log.append(log.set("train"), step, static_cast<double>(step), row);
  const double measures[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  log.append(log.set("validation.distance"), step, static_cast<double>(step), measures);
  const runlog::LogSchema schema = viewed_schema();
  for (const runlog::TensorSeries& series : schema.tensors)
    log.append(log.tensor(series.path), step, numbers(series.shape.size(), step));
  log.append(log.histogram("layer/counts_histogram"), step, std::vector<std::int64_t>(8, step), 0, 1);
  for (const runlog::TensorSeries& series : schema.samples)
    log.append(log.sample(series.path), step, numbers(series.shape.size(), step));
}

/// A log of the steps 1 to `steps`, closed.
void write_viewed(const fs::path& directory, std::int64_t steps) {
  runlog::LogWriter log(directory, viewed_schema());
  for (std::int64_t step = 1; step <= steps; ++step) append_step(log, step);
  log.finish(runlog::RunStatus::done);
}

bool finds(const std::string& what, const fs::path& file, int steps) {
  return python_runs("h5py", "read_viewed.py " + what + " " + file.string() + " " + std::to_string(steps));
}

/// Makes of a log what an early build of 0.2 wrote: no sheets, descriptions in `long_name`, nothing for several curves, a dataset by
/// the name of its metric.
void make_early(const fs::path& file) {
  REQUIRE(python_runs("h5py", "read_viewed.py early " + file.string() + " 0"));
}

}  // namespace

TEST_CASE("viewers find curves with labels of their own, and axes of steps") {
  const ScratchFolder directory;
  write_viewed(directory.path, 3);
  CHECK(finds("curves", directory.path / "log.h5", 3));
  CHECK(finds("steps", directory.path / "log.h5", 3));
}

TEST_CASE("names that NeXus reserves become no dataset, and are read by what they were given as") {
  const ScratchFolder directory;
  write_viewed(directory.path, 2);
  CHECK(finds("reserved", directory.path / "log.h5", 2));
  const runlog::LogReader log(directory.path / "log.h5");
  CHECK(log.column("validation.distance", "title") == std::vector<double>{2, 2});
  CHECK(log.column("validation.distance", "squared_errors") == std::vector<double>{4, 4});
  CHECK(log.schema().sets[1].columns[1].name == "title");
  CHECK(runlog::unreserved_name("folder/errors") == "folder/errors_");
  CHECK(runlog::unreserved_name("titles") == "titles");
}

TEST_CASE("a sheet shows the images of every snapshot side by side, and stores none of them again") {
  const ScratchFolder directory;
  write_viewed(directory.path, 3);
  CHECK(finds("sheets", directory.path / "log.h5", 3));
  CHECK(finds("slices", directory.path / "log.h5", 3));
  const runlog::LogReader log(directory.path / "log.h5");
  CHECK(log.verify().empty());
  for (const runlog::SeriesInfo& series : log.series()) CHECK(series.sheet == series.image);
  CHECK(runlog::sheet_shape({5, 2, 3, 1}) == Shape{4, 9, 3});
  CHECK(runlog::sheet_shape({64, 28, 28, 1}) == Shape{224, 224, 3});
  CHECK(runlog::sheet_shape({1000, 8, 8, 3}) == Shape{128, 128, 3});
}

TEST_CASE("a sheet follows its images while they are written") {
  const ScratchFolder directory;
  runlog::LogWriter log(directory.path, viewed_schema());
  for (int step = 1; step <= 4; ++step) {
    append_step(log, step);
    log.synchronize();
    CHECK(finds("live", directory.path / "log.h5", step));
  }
}

TEST_CASE("packed, repaired and copied logs, and those made from a journal, show the same") {
  const ScratchFolder directory;
  const fs::path file = directory.path / "log.h5", copy = directory.path / "copy.h5";
  write_viewed(directory.path, 3);
  runlog::pack_log(file, copy);
  const auto check = [&](const fs::path& log) {
    INFO(log.string());
    CHECK(runlog::LogReader(log).verify().empty());
    for (const char* what : {"curves", "steps", "reserved", "sheets", "slices"}) CHECK(finds(what, log, 3));
  };
  check(copy);
  runlog::copy_log(file, copy);  // in place of the packed one
  check(copy);
  runlog::repair_log(directory.path);
  check(file);
  {
    const ScratchFolder other;
    runlog::LogWriter log(other.path, viewed_schema());
    for (std::int64_t step = 1; step <= 3; ++step) append_step(log, step);
    log.synchronize();
    runlog::copy_log(other.path / "log.h5", copy);  // beside its writer
    fs::copy_file(other.path / "log.journal", directory.path / "log.journal");
    fs::copy_file(other.path / "log.h5", file, fs::copy_options::overwrite_existing);
  }
  check(copy);
  std::fstream(file, std::ios::binary | std::ios::in | std::ios::out) << "no HDF5 any more";
  CHECK(runlog::repair_log(directory.path).from_journal);
  check(file);
}

TEST_CASE("a packed log without a snapshot has an empty sheet") {
  const ScratchFolder directory;
  write_viewed(directory.path, 0);
  runlog::pack_log(directory.path / "log.h5", directory.path / "packed.h5");
  CHECK(runlog::LogReader(directory.path / "packed.h5").verify().empty());
  CHECK(finds("sheets", directory.path / "packed.h5", 0));
}

TEST_CASE("a log that goes on shows its new last snapshot") {
  const ScratchFolder directory;
  write_viewed(directory.path, 3);
  runlog::KeptRows kept;
  for (const char* path :
       {"metrics/train", "metrics/validation.distance", "tensors/layer/weight/value",
        "tensors/layer/bias/value", "tensors/kernel/value", "tensors/layer/counts_histogram", "samples/point",
        "samples/image", "samples/photo", "samples/old"})
    kept.lengths.push_back({path, 2});
  runlog::LogWriter log(directory.path, viewed_schema(), kept);
  for (std::int64_t step = 3; step <= 5; ++step) append_step(log, step);
  log.finish(runlog::RunStatus::done);
  CHECK(finds("sheets", directory.path / "log.h5", 5));
  CHECK(finds("slices", directory.path / "log.h5", 5));
}

TEST_CASE("a log that an early build of 0.2 wrote is read, packed and gone on with") {
  const ScratchFolder directory;
  const fs::path file = directory.path / "log.h5";
  write_viewed(directory.path, 3);
  make_early(file);
  {
    const runlog::LogReader log(file);
    CHECK(log.verify().empty());
    CHECK(log.column("validation.distance", "title") == std::vector<double>{2, 2, 2});
    CHECK(log.schema().sets[0].columns[1].description == "term 'kl' of loss 'elbo'");
    CHECK(log.schema().sets[0].columns[2].description.empty());
  }
  runlog::pack_log(file, directory.path / "packed.h5");
  CHECK(runlog::LogReader(directory.path / "packed.h5").verify().empty());
  CHECK(finds("sheets", directory.path / "packed.h5", 3));
  CHECK(finds("steps", directory.path / "packed.h5", 3));
  const runlog::KeptRows kept{
      {{"metrics/train", 3}, {"metrics/validation.distance", 3}, {"samples/image", 3}}};
  runlog::LogWriter log(directory.path, viewed_schema(), kept);
  log.finish(runlog::RunStatus::done);
  const runlog::LogReader again(file);
  CHECK(again.column("validation.distance", "title") == std::vector<double>{2, 2, 2});
  CHECK(again.rows("train") == 3);
  CHECK(finds("reserved", file, 3));
}

TEST_CASE("a sheet that shows another file, or other parts, is damage and is not followed") {
  const ScratchFolder directory;
  const fs::path file = directory.path / "log.h5";
  const auto [what, says] =
      GENERATE(table<std::string, std::string>({{"elsewhere", "shows numbers of another file, 'secret.h5'"},
                                                {"other", "shows '/samples/point'"},
                                                {"shifted", "shows other parts of the images"},
                                                {"fewer", "shows other parts of the images"}}));
  write_viewed(directory.path, 3);
  REQUIRE(python_runs("h5py", "read_viewed.py " + what + " " + file.string() + " 3"));
  const std::vector<std::string> damage = runlog::LogReader(file).verify();
  REQUIRE(damage.size() == 1);
  CHECK_THAT(damage[0], Contains("samples/image_sheet: it ") && Contains(says));
  CHECK_THROWS_WITH(runlog::pack_log(file, directory.path / "packed.h5"), Contains(says));
  // Made anew, the sheet is what it should be.
  runlog::repair_log(directory.path);
  CHECK(runlog::LogReader(file).verify().empty());
  CHECK(finds("sheets", file, 3));
}

TEST_CASE("images whose sheet would have the name of another series have none") {
  const ScratchFolder directory;
  runlog::LogSchema schema;
  schema.samples = {{"image", {2, 2, 2, 1}, {}, "", false, true}, {"image_sheet", {2, 2}}};
  runlog::LogWriter(directory.path, schema).finish(runlog::RunStatus::done);
  const runlog::LogReader log(directory.path / "log.h5");
  REQUIRE(log.series().size() == 2);
  CHECK_FALSE(log.series()[0].sheet);
  CHECK(log.verify().empty());
}
