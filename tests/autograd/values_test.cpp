#include "descent/autograd/values.hpp"

#include <catch2/catch.hpp>

using namespace descent;

TEST_CASE("values keep their variables in order, and the missing ones as undefined") {
  const Variable x = Variable::scalar(1);
  Values values(x);
  REQUIRE(values.size() == 1);
  CHECK(values[0].node() == x.node());
  values.append(Variable());
  values.append(Variable::scalar(3));
  REQUIRE(values.size() == 3);
  CHECK_FALSE(values[1].defined());
  CHECK(values[2].item() == 3);
  std::size_t seen = 0;
  for (const Variable& value : values) seen += value.defined();
  CHECK(seen == 2);
  CHECK(Values().empty());
  CHECK(Values{x, x}.size() == 2);
}
