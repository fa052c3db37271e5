#include "descent/config/diagnostics.hpp"

#include <catch2/catch.hpp>

using descent::Diagnostic;
using descent::Diagnostics;
using descent::Error;
namespace codes = descent::codes;

TEST_CASE("an error carries what it prints as data") {
  const Error plain("it is wrong");
  REQUIRE(plain.diagnostics().size() == 1);
  CHECK(plain.diagnostics()[0] == Diagnostic{{}, "it is wrong", codes::invalid});
  CHECK(std::string(plain.what()) == "it is wrong");

  const Error located({"ring.yaml", 3, 7}, "C:\\x: 1:2: no place", codes::out_of_range);
  CHECK(located.diagnostics()[0].location == descent::SourceLocation{"ring.yaml", 3, 7});
  CHECK(located.diagnostics()[0].message == "C:\\x: 1:2: no place");
  CHECK(located.diagnostics()[0].code == codes::out_of_range);
  CHECK(std::string(located.what()) == "ring.yaml:3:7: C:\\x: 1:2: no place");
}

TEST_CASE("an error that was collected comes out as it went in") {
  Diagnostics inner;
  inner.add({"b.yaml", 2, 1}, "second", codes::conflict);
  inner.add({{"b.yaml", 1, 1}, "first\nwith a line more", codes::missing, "steps"});
  Diagnostics outer;
  outer.add({"a.yaml", 9, 9}, "of the other file");
  try {
    inner.throw_if_any();
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) == "b.yaml:2:1: second\nb.yaml:1:1: first\nwith a line more");
    outer.append(error);
  }
  REQUIRE(outer.size() == 3);
  CHECK(outer.all()[1] == inner.all()[0]);
  CHECK(outer.all()[2] == inner.all()[1]);
  CHECK(outer.contains(inner.all()[1]));
  CHECK_FALSE(outer.contains({{"b.yaml", 1, 1}, "first\nwith a line more", codes::missing, "batch_size"}));
  outer.sort();
  CHECK(outer.all()[1].message == "first\nwith a line more");
}

TEST_CASE("an error seen from an outer place keeps its own places, codes and subjects") {
  Diagnostics diagnostics;
  diagnostics.add({{}, "needs 'rate'", codes::missing, "rate"});
  diagnostics.add({"net.yaml", 4, 2}, "is wrong");
  const Error seen = Error(diagnostics.all()).within({"ring.yaml", 1, 8}, "model 'gan': ");
  REQUIRE(seen.diagnostics().size() == 2);
  CHECK(seen.diagnostics()[0] ==
        Diagnostic{{"ring.yaml", 1, 8}, "model 'gan': needs 'rate'", codes::missing, "rate"});
  CHECK(seen.diagnostics()[1] == Diagnostic{{"net.yaml", 4, 2}, "model 'gan': is wrong"});
}

TEST_CASE("problems are ordered by file, line and column, those without a line last") {
  Diagnostics diagnostics;
  diagnostics.add("without a place");
  diagnostics.add({"b.yaml", 1, 1}, "b");
  diagnostics.add({"a.yaml", 2, 3}, "a, later");
  diagnostics.add({"a.yaml", 2, 1}, "a, earlier");
  diagnostics.add({"b.yaml", 0, 0}, "b as a whole");
  diagnostics.sort();
  std::vector<std::string> order;
  for (const Diagnostic& one : diagnostics.all()) order.push_back(one.message);
  CHECK(order == std::vector<std::string>{"b", "a, earlier", "a, later", "without a place", "b as a whole"});
}
