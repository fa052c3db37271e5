#include <catch2/catch.hpp>
#include <cfloat>

#include "descent/plugin/library.hpp"
#include "plugin/plugin_files.hpp"

using namespace plugin_test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using Lines = std::vector<std::string>;

// The host's tag with one piece replaced.
static std::string tag_with(const std::string& piece, const std::string& other) {
  std::string tag(descent::host_abi());
  const std::size_t place = tag.find(piece);
  REQUIRE(place != std::string::npos);
  return tag.replace(place, piece.size(), other);
}

static const std::string scalar = sizeof(descent::Scalar) == 4 ? "float" : "double";
static const std::string other_scalar = sizeof(descent::Scalar) == 4 ? "double" : "float";

TEST_CASE("a library with the host's own tag fits") {
  CHECK(descent::abi_differences(descent::host_abi()).empty());
  CHECK_THAT(std::string(descent::host_abi()), StartsWith("sdk2.headers") &&
                                                   Contains("." + scalar + ".cxx11abi1.gxxabi") &&
                                                   Contains(".align64_16."));
}

TEST_CASE("every field of the tag that differs is named") {
  using descent::abi_differences;
  CHECK(abi_differences(tag_with("sdk2", "sdk3")) ==
        Lines{"built with version 3 of the SDK, this is version 2"});
  CHECK(abi_differences(tag_with(DESCENT_HEADERS_HASH, "0a1b2c3d")) ==
        Lines{"built against other headers of the SDK (0a1b2c3d, this has " DESCENT_HEADERS_HASH
              "): build it again"});
  CHECK(abi_differences(tag_with("." + scalar, "." + other_scalar)) ==
        Lines{"built with scalar " + other_scalar + ", this is " + scalar});
  CHECK(abi_differences(tag_with("cxx11abi1", "cxx11abi0")) ==
        Lines{"built with _GLIBCXX_USE_CXX11_ABI=0, this has 1"});
  CHECK(abi_differences(tag_with("align64_16", "align32_32")).size() == 1);
  CHECK(abi_differences(tag_with(".plain", ".debug")) ==
        Lines{"built with _GLIBCXX_DEBUG, this is without it"});
  CHECK(abi_differences("sdk1." + scalar).size() == 1);
  CHECK(abi_differences("").size() == 1);
}

TEST_CASE("several differences are all named") {
  std::string tag = tag_with("." + scalar, "." + other_scalar);
  tag.replace(tag.find("cxx11abi1"), 9, "cxx11abi0");
  CHECK(descent::abi_differences(tag).size() == 2);
}

TEST_CASE("an instruction set is refused only where the processor lacks it") {
  std::string tag(descent::host_abi());
  tag.erase(tag.rfind('.'));
  CHECK(descent::abi_differences(tag + ".base").empty());
  CHECK(descent::abi_differences(tag + ".avx1024") == Lines{"built for avx1024, which this processor lacks"});
}

TEST_CASE("a library built for another ABI never runs") {
  std::vector<std::string> warnings;
  const auto refusal = [&](const char* name) {
    return error_of([&] { descent::load_library(bad / name, warnings); });
  };
  CHECK_THAT(refusal("optimizer_other_sdk.so"),
             Contains("built with version 999 of the SDK, this is version 2"));
  CHECK_THAT(refusal("optimizer_other_scalar.so"),
             Contains("built with scalar " + other_scalar + ", this is " + scalar));
  CHECK_THAT(refusal("optimizer_other_alignment.so"), Contains("32_16") && Contains("this has 64_16"));
}

TEST_CASE("what the loader says of a library that cannot be loaded is passed on") {
  std::vector<std::string> warnings;
  const std::string message =
      error_of([&] { descent::load_library(bad / "optimizer_unresolved.so", warnings); });
  CHECK_THAT(message, Contains("undefined symbol") && Contains("symbol_of_a_library_that_was_not_linked"));
  CHECK_THAT(message, !Contains("Bad file descriptor"));
}

TEST_CASE("a library linked with -ffast-math does not take subnormal numbers from the host") {
  std::vector<std::string> warnings;
  CHECK(descent::load_library(bad / "optimizer_fast_math.so", warnings).size() == 1);
  const volatile double least = DBL_MIN;
  CHECK(least / 2 > 0);
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains("optimizer_fast_math.so") && Contains("-ffast-math"));
  descent::load_library(bad / "optimizer_fast_math.so", warnings);
  CHECK(warnings.size() == 1);
}
