#include "descent/base/utf8.hpp"

#include <catch2/catch.hpp>

namespace utf8 = descent::utf8;

// RFC 3629, section 3 and 4.
TEST_CASE("what is no UTF-8 is found where it begins") {
  CHECK_FALSE(utf8::first_invalid("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF"));
  CHECK_FALSE(utf8::first_invalid("\xEF\xBF\xBF"));  // U+FFFF is no character, but a code point
  for (const char* wrong : {"\x80", "\xC0\xAF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                            "\xF4\x90\x80\x80", "\xF5", "\xC3", "\xE2\x82", "\xE2\x28\xA1"}) {
    CAPTURE(wrong);
    CHECK(utf8::first_invalid("ab" + std::string(wrong)) == 2u);
  }
}

TEST_CASE("code points are read one after the other") {
  const std::string text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80";
  std::size_t i = 0;
  std::u32string points;
  while (i < text.size()) points += utf8::next(text, i);
  CHECK(points == U"a\u00E4\u20AC\U0001F600");
  CHECK(utf8::length(text) == 4);
}

TEST_CASE("every byte that is no part of a character is replaced") {
  CHECK(utf8::repaired("a\xE2\x82z\x80\xC3") == "a\xEF\xBF\xBD\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(utf8::repaired("gr\xC3\xBC\xC3\x9F") == "gr\xC3\xBC\xC3\x9F");
}
