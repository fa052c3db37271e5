#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <functional>

#include "descent/base/error.hpp"
#include "descent/runlog/checkpoint.hpp"
#include "descent/runlog/detail/array_file.hpp"
#include "descent/runlog/detail/hdf5.hpp"
#include "descent/runlog/detail/table_file.hpp"
#include "descent/runlog/log_writer.hpp"
#include "runlog/example.hpp"
#include "support/child.hpp"
#include "support/files.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
namespace hdf5 = runlog::hdf5;

namespace {

herr_t refuse(hid_t) {
  return -1;
}

void print_refusal(const char* what, const std::function<void()>& write) {
  try {
    write();
    std::printf("%s: written\n", what);
  } catch (const RunError& error) {
    std::printf("%s: %s\n", what, error.what());
  }
}

}  // namespace

TEST_CASE("a handle that cannot be closed says so", "[runlog]") {
  hdf5::Handle handle(7, refuse, "open");
  CHECK_THROWS_WITH(handle.close("close the example"), Contains("cannot close the example"));
  hdf5::Handle given_up(7, refuse, "open");
  given_up.discard();
  // A failure that is on its way is the one that is told of.
  try {
    const hdf5::Handle unwound(7, refuse, "open");
    throw std::runtime_error("another failure");
  } catch (const std::runtime_error&) {
  }
  CHECK_NOTHROW(hdf5::check_closed());
}

TEST_CASE("child: write after a destructor could not close something", "[.]") {
  const auto directory = child_directory();
  if (!directory) return;
  runlog::LogWriter log(*directory, example_schema());
  { const hdf5::Handle lost(7, refuse, "open"); }
  print_refusal("checkpoint", [&] {
    runlog::CheckpointWriter checkpoint(*directory / "checkpoint.h5");
    checkpoint.text("one", "entry");
    checkpoint.commit();
  });
  print_refusal("array", [&] {
    runlog::ArrayFile file(*directory / "array.h5");
    file.integers("labels", std::vector<std::int64_t>{1, 2});
    file.finish();
  });
  print_refusal("table", [&] {
    runlog::TableFile table;
    table.columns.push_back({"run", std::vector<std::int64_t>{0}});
    runlog::write_table_file(*directory / "table.h5", table);
  });
  print_refusal("log", [&] { log.synchronize(); });
}

TEST_CASE("after a destructor could not close something, no file of the process is taken for whole",
          "[runlog]") {
  const ScratchFolder folder;
  Child child("child: write after a destructor could not close something", folder.path);
  for (const char* what : {"checkpoint", "array", "table", "log"}) {
    std::optional<std::string> line;
    do line = child.line();
    while (line && !line->starts_with(std::string(what) + ": "));
    REQUIRE(line.has_value());
    CHECK_THAT(*line, Contains("cannot close something written before"));
  }
  child.wait();
  for (const char* file : {"checkpoint.h5", "array.h5", "table.h5"})
    CHECK_FALSE(std::filesystem::exists(folder.path / file));
}
