#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <limits>

#include "descent/base/error.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/log_writer.hpp"
#include "runlog/example.hpp"

using namespace descent;

TEST_CASE("what was appended is read back") {
  const TemporaryDirectory directory;
  write_example(directory.path, 200);
  const LogReader log(directory.path / "log.h5");
  CHECK(log.closed());
  CHECK(log.attributes().find("status")->text() == "done");
  CHECK(log.verify().empty());
}
