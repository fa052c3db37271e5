#include "descent/config/renamed_words.hpp"

#include <catch2/catch.hpp>

using descent::Diagnostic;
using descent::unknown_word;
namespace codes = descent::codes;

TEST_CASE("an old word names the new one where the new one is known") {
  const Diagnostic renamed =
      unknown_word({"ring.yaml", 2, 5}, "a network", "a network has no key 'initialiser'", "initialiser",
                   {"hidden", "initializer"});
  CHECK(renamed ==
        Diagnostic{
            {"ring.yaml", 2, 5}, "'initialiser' is now called 'initializer'", codes::renamed, "initialiser"});
}

TEST_CASE("an old word is like any other where the new one is not known either") {
  const Diagnostic unknown =
      unknown_word({}, "'trainer'", "'trainer' has no key 'initialiser'", "initialiser", {"steps", "turns"});
  CHECK(unknown == Diagnostic{{},
                              "'trainer' has no key 'initialiser'; there are: steps, turns",
                              codes::unknown_key,
                              "initialiser"});
}

TEST_CASE("every row of the table leads to another word, or says what to use instead") {
  for (const descent::RenamedWord& row : descent::renamed_words()) {
    CAPTURE(row.word);
    CHECK(std::string(row.word) != row.now);
    CHECK((*row.now != '\0') != (*row.instead != '\0'));
    CHECK((*row.instead != '\0') == (*row.owner != '\0'));
  }
}
