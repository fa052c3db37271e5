#include "check_output.hpp"

#include <catch2/catch.hpp>

namespace descent::testing {

void check_in_python(const ScratchFolder& folder, const std::string& output, const std::string& parser,
                     const std::string& condition) {
  folder.write("output", output);
  const Finished python = run_program(
      {"/usr/bin/python3", "-c", "import csv, json\ndata = " + parser + "\nassert " + condition + ", data"},
      folder.path);
  INFO(condition << "\n" << python.errors);
  CHECK(python.exit_code == 0);
}

}  // namespace descent::testing
