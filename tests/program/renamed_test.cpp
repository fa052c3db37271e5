#include <catch2/catch.hpp>

#include "run_program.hpp"

using namespace descent::testing;

TEST_CASE("the program gives the new name of what was renamed", "[program]") {
  const ScratchFolder folder;
  refused(descent_in(folder, {"plugins", "optimizer", "centralise"}),
          "'centralise' is now called 'centralize'");
  refused(descent_in(folder, {"plugins", "initialiser"}), "'initialiser' is now called 'initializer'");
  refused(descent_in(folder, {"plugins", "initialisers"}), "'initialisers' is now called 'initializer'");
  refused(descent_in(folder, {"test-plugin", "optimizer", "centralise"}),
          "'centralise' is now called 'centralize'");
  refused(descent_in(folder, {"test-plugin", "model", "vae", "--only", "initialisation"}),
          "'initialisation' is now called 'initialization'");
}
