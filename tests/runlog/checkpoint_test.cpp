#include "descent/runlog/checkpoint.hpp"

#include <rapidcheck.h>

#include <bit>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>

#include "descent/base/build_info.hpp"
#include "descent/base/error.hpp"
#include "descent/runlog/log_writer.hpp"
#include "runlog/example.hpp"
#include "support/files.hpp"

using namespace descent;
using namespace descent::testing;
using namespace std::string_literals;
using Catch::Matchers::Contains;

static const std::vector<double> special_numbers = {0.1, -0.0, std::numeric_limits<double>::quiet_NaN(),
                                                    std::numeric_limits<double>::infinity(), 5e-324};

static void write_example_checkpoint(const std::filesystem::path& file) {
  runlog::CheckpointWriter checkpoint(file);
  checkpoint.tensor("parameters/generator.0.weight", {3, 4}, example_weight(7));
  checkpoint.tensor("slots/2_adam.first_moment/generator.0.weight", {3, 4}, example_weight(8));
  checkpoint.tensor("parameters/log_scale", {}, std::vector<Scalar>{9});
  checkpoint.numbers("scalars/2_adam", special_numbers);
  checkpoint.numbers("scalars/3_clip", {});
  checkpoint.integers("step", std::vector{std::int64_t{1200}, std::numeric_limits<std::int64_t>::min()});
  checkpoint.text("experiment_hash", "7f3a\n\0ä"s);
  checkpoint.text("nothing", "");
  checkpoint.commit();
}

// Everything in a checkpoint, as bytes.
static std::map<std::string, std::string> everything(const std::filesystem::path& file) {
  const runlog::CheckpointReader checkpoint(file);
  std::map<std::string, std::string> result;
  const auto put = [&](const std::string& name, const auto& values) {
    result[name] =
        std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0]));
  };
  for (const std::string& name : checkpoint.names("parameters/")) {
    std::vector<Scalar> values(static_cast<std::size_t>(checkpoint.shape(name).size()));
    checkpoint.tensor(name, checkpoint.shape(name), values);
    put(name, values);
  }
  for (const std::string& name : checkpoint.names("scalars/")) put(name, checkpoint.numbers(name));
  put("step", checkpoint.integers("step"));
  put("experiment_hash", checkpoint.text("experiment_hash"));
  put("nothing", checkpoint.text("nothing"));
  return result;
}

TEST_CASE("a checkpoint gives back what was put into it, bit by bit") {
  const ScratchFolder directory;
  const auto file = directory.path / "final.h5";
  write_example_checkpoint(file);
  const runlog::CheckpointReader checkpoint(file);
  CHECK(checkpoint.names().size() == 8);
  CHECK(checkpoint.names("parameters/") ==
        std::vector<std::string>{"parameters/generator.0.weight", "parameters/log_scale"});
  CHECK(checkpoint.has("step"));
  CHECK_FALSE(checkpoint.has("steps"));
  std::vector<Scalar> weight(12);
  checkpoint.tensor("slots/2_adam.first_moment/generator.0.weight", {3, 4}, weight);
  CHECK(weight == example_weight(8));
  CHECK(checkpoint.shape("parameters/log_scale") == Shape{});
  const std::vector<double> numbers = checkpoint.numbers("scalars/2_adam");
  CHECK(std::memcmp(numbers.data(), special_numbers.data(), special_numbers.size() * sizeof(double)) == 0);
  CHECK(checkpoint.numbers("scalars/3_clip").empty());
  CHECK(checkpoint.integers("step") ==
        std::vector{std::int64_t{1200}, std::numeric_limits<std::int64_t>::min()});
  CHECK(checkpoint.text("experiment_hash") == "7f3a\n\0ä"s);
  CHECK(checkpoint.text("nothing").empty());
}

TEST_CASE("any tensors come back bit by bit") {
  CHECK(rc::check([](const std::vector<std::vector<float>>& tensors) {
    const ScratchFolder directory;
    const auto file = directory.path / "any.h5";
    {
      runlog::CheckpointWriter checkpoint(file);
      for (std::size_t i = 0; i < tensors.size(); ++i) {
        const std::vector<Scalar> values(tensors[i].begin(), tensors[i].end());
        checkpoint.tensor("t/" + std::to_string(i), {static_cast<std::int64_t>(values.size())}, values);
      }
      checkpoint.commit();
    }
    const runlog::CheckpointReader checkpoint(file);
    RC_ASSERT(checkpoint.names().size() == tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      std::vector<Scalar> values(tensors[i].size());
      checkpoint.tensor("t/" + std::to_string(i), {static_cast<std::int64_t>(values.size())}, values);
      RC_ASSERT(std::equal(
          values.begin(), values.end(), tensors[i].begin(), tensors[i].end(), [](Scalar a, float b) {
            return std::bit_cast<std::uint32_t>(static_cast<float>(a)) == std::bit_cast<std::uint32_t>(b);
          }));
    }
  }));
}

TEST_CASE("what does not fit a checkpoint is refused, and said what") {
  const ScratchFolder directory;
  const auto file = directory.path / "final.h5";
  write_example_checkpoint(file);
  const runlog::CheckpointReader checkpoint(file);
  std::vector<Scalar> values(12);
  CHECK_THROWS_WITH(checkpoint.tensor("parameters/generator.0.weight", {4, 3}, values),
                    Contains(file.string()) && Contains("'parameters/generator.0.weight'") &&
                        Contains("has the shape (3, 4), and (4, 3) is needed"));
  CHECK_THROWS_WITH(
      checkpoint.tensor("parameters/generator.0.wieght", {3, 4}, values),
      Contains("has no 'parameters/generator.0.wieght'; did you mean 'parameters/generator.0.weight'?"));
  CHECK_THROWS_WITH(checkpoint.numbers("step"), Contains("is of the kind 'integers', not 'numbers'"));
}

TEST_CASE("any flipped bit in a checkpoint is an error that names the file, or changes nothing") {
  const ScratchFolder directory;
  const auto file = directory.path / "final.h5";
  write_example_checkpoint(file);
  const std::string whole = content(file);
  const auto expected = everything(file);
  int found = 0;
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
    std::ofstream(file, std::ios::binary) << bytes;
    try {
      const bool same = everything(file) == expected;
      INFO("byte " << at);
      CHECK(same);
    } catch (const Error& error) {
      ++found;
      CHECK_THAT(error.what(), Contains(file.string()));
    }
  }
  CHECK(found > 0);
}

TEST_CASE("a flipped bit in a tensor is an error that names the tensor") {
  const ScratchFolder directory;
  const auto file = directory.path / "final.h5";
  write_example_checkpoint(file);
  std::string bytes = content(file);
  const Scalar value = example_weight(7)[5];
  const std::size_t at = bytes.find(std::string(reinterpret_cast<const char*>(&value), sizeof value));
  REQUIRE(at != std::string::npos);
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  std::ofstream(file, std::ios::binary) << bytes;
  CHECK_THROWS_WITH(
      runlog::CheckpointReader(file),
      Contains(file.string()) && Contains("'parameters/generator.0.weight' differs from its checksum"));
}

TEST_CASE("a checkpoint is there whole or not at all") {
  const ScratchFolder directory;
  const auto file = directory.path / "final.h5";
  write_example_checkpoint(file);
  const std::string whole = content(file);
  {
    runlog::CheckpointWriter checkpoint(file);
    checkpoint.text("step", "half");
    CHECK(content(file) == whole);
  }
  CHECK(content(file) == whole);
  CHECK_FALSE(std::filesystem::exists(directory.path / "final.h5.part"));
  std::ofstream(directory.path / "final.h5.part") << "of a killed process";
  {
    runlog::CheckpointWriter checkpoint(file);
    checkpoint.text("step", "next");
    checkpoint.commit();
  }
  CHECK(runlog::CheckpointReader(file).text("step") == "next");
  CHECK_THROWS_AS(runlog::CheckpointWriter(directory.path / "nowhere" / "final.h5"), RunError);
}

TEST_CASE("other files are no checkpoints") {
  const ScratchFolder directory;
  CHECK_THROWS_WITH(runlog::CheckpointReader(directory.path / "best.h5"), Contains("there is no checkpoint"));
  write_example(directory.path, 2);
  CHECK_THROWS_WITH(runlog::CheckpointReader(directory.path / "log.h5"),
                    Contains("is an HDF5 file, but no checkpoint"));
}

TEST_CASE("a checkpoint of an older schema is refused with both versions, but for its checksums") {
  const std::string file = DESCENT_SOURCE_DIR "/tests/runs_0.1/runs/ring/seed=1/checkpoints/final.h5";
  CHECK_THROWS_WITH(runlog::CheckpointReader(file),
                    Contains("final.h5' was made by Descent 0.1, whose") && Contains(build_info().version));
  const runlog::CheckpointReader checkpoint(file, runlog::CheckpointSchemas::all);
  CHECK(checkpoint.integers("step") == std::vector<std::int64_t>{20});
}

TEST_CASE("a checkpoint is written while the log's thread writes") {
  const ScratchFolder directory;
  runlog::LogWriter log(directory.path, example_schema());
  for (int round = 0; round < 10; ++round) {
    append_example(log, 1 + 200 * round, 200);
    write_example_checkpoint(directory.path / "final.h5");
    CHECK(runlog::CheckpointReader(directory.path / "final.h5").has("step"));
  }
  log.finish(runlog::RunStatus::done);
}
