
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>

#include "descent/base/error.hpp"
#include "descent/runlog/directory_lock.hpp"
#include "descent/runlog/event_log.hpp"
#include "descent/runlog/status_file.hpp"
#include "runlog/example.hpp"
#include "support/child.hpp"
#include "support/files.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

TEST_CASE("child: hold a directory", "[.]") {
  const auto directory = child_directory();
  if (!directory) return;
  const runlog::RunDirectoryLock lock(*directory);
  std::printf("held\n");
  std::fflush(stdout);
  pause();
}

TEST_CASE("a run directory is held by one process, and free when that process is killed") {
  const ScratchFolder directory;
  {
    const runlog::RunDirectoryLock lock(directory.path);
    CHECK_THROWS_WITH(runlog::RunDirectoryLock(directory.path),
                      Contains("is in use by process " + std::to_string(getpid())));
  }
  Child holder("child: hold a directory", directory.path);
  REQUIRE(holder.wait_for("held") == 0);
  CHECK_THROWS_WITH(runlog::RunDirectoryLock(directory.path),
                    Contains(directory.path.string()) && Contains("is in use by process"));
  holder.kill();
  holder.wait();
  CHECK_NOTHROW(runlog::RunDirectoryLock(directory.path));
  CHECK_THROWS_AS(runlog::RunDirectoryLock(directory.path / "nowhere"), RunError);
}

TEST_CASE("a status file is read back, whatever an error says") {
  const ScratchFolder directory;
  CHECK_FALSE(runlog::read_status(directory.path).has_value());
  const runlog::RunState states[] = {{runlog::RunStatus::pending, 0, "", {}},
                                     {runlog::RunStatus::failed,
                                      1200,
                                      "the plugin 'adam' threw: \"no\"",
                                      {"a: b", "- c", "\ttab \\ # %", "ä€😀", "\x01\x7f", ""}},
                                     {runlog::RunStatus::diverged, -1, "line\nline\r", {}}};
  for (const runlog::RunState& state : states) {
    runlog::write_status(directory.path, state);
    CHECK(runlog::read_status(directory.path) == state);
  }
  CHECK_FALSE(std::filesystem::exists(directory.path / "status.yaml.part"));
  std::ofstream(directory.path / "status.yaml") << "status: dnoe\nstep: 1\n";
  CHECK_THROWS_WITH(runlog::read_status(directory.path),
                    Contains("status.yaml") && Contains("did you mean 'done'?"));
  CHECK_THROWS_AS(runlog::write_status(directory.path / "nowhere", {}), RunError);
}

TEST_CASE("the words of a status fit the log's attribute and lead back to it") {
  for (int i = 0; i <= static_cast<int>(runlog::RunStatus::skipped); ++i) {
    const auto status = static_cast<runlog::RunStatus>(i);
    CHECK(runlog::run_status(text(status)) == status);
    CHECK(std::string(text(status)).size() <= 15);
  }
}

TEST_CASE("events are lines of JSON with everything escaped") {
  const ScratchFolder directory;
  {
    runlog::EventLog events(directory.path);
    events.write({0.5, 10, "warning", "a \"quote\", a \\, a\nline, \x01, ä, \xff, \xc2\x85", Value::map()});
  }
  {
    runlog::EventLog events(directory.path);
    Value fields = Value::map();
    fields.set("modes", Value::of(7));
    fields.set("ratio", Value::of(std::numeric_limits<double>::quiet_NaN()));
    fields.set("names", Value::list({Value::of("a"), Value::of(true), Value()}));
    events.write({1.0, 20, "evaluation", "", fields});
  }
  CHECK(content(directory.path / "events.jsonl") ==
        "{\"time\": 0.5, \"step\": 10, \"kind\": \"warning\", \"message\": \"a \\\"quote\\\", a \\\\, "
        "a\\nline, "
        "\\u0001, ä, \xEF\xBF\xBD, \\u0085\"}\n"
        "{\"time\": 1, \"step\": 20, \"kind\": \"evaluation\", \"message\": \"\", \"modes\": 7, \"ratio\": "
        "\"nan\", "
        "\"names\": [\"a\", true, null]}\n");
}

TEST_CASE("a line that a killed process left unfinished does not spoil the next") {
  const ScratchFolder directory;
  std::ofstream(directory.path / "events.jsonl") << "{\"time\": 1, \"st";
  runlog::EventLog(directory.path).write({2, 30, "warning", "on again", Value::map()});
  CHECK(
      content(directory.path / "events.jsonl") ==
      "{\"time\": 1, \"st\n{\"time\": 2, \"step\": 30, \"kind\": \"warning\", \"message\": \"on again\"}\n");
}
