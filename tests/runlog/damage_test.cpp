#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "descent/base/error.hpp"
#include "descent/runlog/log_reader.hpp"
#include "runlog/example.hpp"
#include "support/files.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

TEST_CASE("a flipped bit in a column, a step, a snapshot or a limit is found, and where it is") {
  const ScratchFolder directory;
  write_example(directory.path, 40);
  const auto file = directory.path / "log.h5";
  const std::string whole = content(file);
  const auto damage_after_flip = [&](const std::string& where) {
    std::ofstream(file, std::ios::binary) << whole;
    flip(file, where);
    return runlog::LogReader(file).verify();
  };
  CHECK(damage_after_flip(bytes_of(example_loss(17))) ==
        std::vector<std::string>{"metrics/train: row 16 (step 17) differs from its checksum"});
  CHECK(damage_after_flip(bytes_of(std::int64_t{23}) + bytes_of(std::int64_t{24})) ==
        std::vector<std::string>{"metrics/train: row 22 (step 7) differs from its checksum"});
  CHECK(damage_after_flip(bytes_of(example_weight(30)[5]) + bytes_of(example_weight(30)[6])) ==
        std::vector<std::string>{
            "tensors/generator.0.weight/value: snapshot 2 (step 30) differs from its checksum"});
  CHECK(damage_after_flip(bytes_of(-1.5) + bytes_of(2.0)) ==
        std::vector<std::string>{
            "tensors/generator.0.weight/gradient_histogram: snapshot 0 (step 10) differs from its checksum"});
}

TEST_CASE("a damaged experiment or table of plugins is not handed out") {
  const ScratchFolder directory;
  write_example(directory.path, 4);
  const auto file = directory.path / "log.h5";
  const std::string experiment = runlog::LogReader(file).experiment(),
                    plugin = runlog::LogReader(file).plugins().at(0).path;
  flip(file, experiment.substr(0, 12));
  CHECK_THROWS_WITH(runlog::LogReader(file).experiment(),
                    Contains("experiment/yaml differs from its checksum"));
  flip(file, plugin);
  CHECK_THROWS_WITH(runlog::LogReader(file).plugins(),
                    Contains("experiment/plugins differs from its checksum"));
}

TEST_CASE("any flipped bit is found by opening, reading or verifying, or changes nothing that can be read") {
  const ScratchFolder directory;
  write_example(directory.path, 12);
  const auto file = directory.path / "log.h5";
  const std::string whole = content(file);
  const auto readable = [&] {
    const runlog::LogReader log(file);
    std::string text = log.experiment();
    for (const runlog::PluginRow& row : log.plugins())
      text += row.kind + row.name + row.version + row.path + row.sha256;
    return std::pair(text, log.column("train", "loss/generator.total").at(3));
  };
  const auto expected = readable();
  int found = 0;
  for (std::size_t at = 0; at < whole.size(); at += 131) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
    std::ofstream(file, std::ios::binary) << bytes;
    try {
      if (!runlog::LogReader(file).verify().empty()) {
        ++found;
        continue;
      }
      const bool same = readable() == expected;
      INFO("byte " << at);
      CHECK(same);
    } catch (const Error& error) {
      ++found;
      CHECK_THAT(error.what(), Contains(file.string()));
    }
  }
  CHECK(found > 0);
}
