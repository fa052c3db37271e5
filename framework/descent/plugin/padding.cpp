#include "descent/plugin/padding.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/base/error.hpp"

namespace descent {

namespace {

constexpr std::int64_t largest = 1'000'000;

bool is_amount(const Value& value) {
  return value.is(Value::Kind::integer) && value.integer() >= 0 && value.integer() <= largest;
}

bool is_pair(const Value& value) {
  return value.is(Value::Kind::list) && value.items().size() == 2;
}

bool are_amounts(const Value& pair) {
  return is_pair(pair) && is_amount(pair.items()[0]) && is_amount(pair.items()[1]);
}

std::string text_of(const Windows2d& windows) {
  const bool dilated = windows.dilation != Extents2d{1, 1};
  return fmt::format(
      "a kernel of {} by {}{}", windows.kernel[0], windows.kernel[1],
      dilated ? fmt::format(" with a dilation of {} by {}", windows.dilation[0], windows.dilation[1]) : "");
}

// How many pixels a window spans along an axis.
std::int64_t reach(const Windows2d& windows, std::size_t axis) {
  return windows.dilation[axis] * (windows.kernel[axis] - 1) + 1;
}

}  // namespace

Padding Padding::parse(const Value& value, Diagnostics& diagnostics) {
  Padding result;
  if (value.is(Value::Kind::text) && (value.text() == "valid" || value.text() == "same")) {
    result.same_ = value.text() == "same";
  } else if (is_amount(value)) {
    result.before_ = result.after_ = {value.integer(), value.integer()};
  } else if (are_amounts(value)) {
    result.before_ = result.after_ = {value.items()[0].integer(), value.items()[1].integer()};
  } else if (is_pair(value) && are_amounts(value.items()[0]) && are_amounts(value.items()[1])) {
    const auto &rows = value.items()[0].items(), &columns = value.items()[1].items();
    result.before_ = {rows[0].integer(), columns[0].integer()};
    result.after_ = {rows[1].integer(), columns[1].integer()};
  } else {
    diagnostics.add(value.location(),
                    fmt::format("a padding is same, valid, a whole number of at least 0, [HEIGHT, WIDTH], or "
                                "[[ABOVE, BELOW], [LEFT, RIGHT]], but this is {}",
                                value.description()));
  }
  return result;
}

void Padding::pad_same(Windows2d& windows, const Extents2d& size) const {
  for (const std::size_t d : {0u, 1u}) {
    const std::int64_t places = (size[d] + windows.stride[d] - 1) / windows.stride[d];
    const std::int64_t all =
        std::max<std::int64_t>((places - 1) * windows.stride[d] + reach(windows, d) - size[d], 0);
    windows.before[d] = all / 2;
    windows.after[d] = all - all / 2;
  }
}

Windows2d Padding::around(Windows2d windows, const Extents2d& size) const {
  windows.before = before_;
  windows.after = after_;
  if (same_) pad_same(windows, size);
  const Extents2d places = windows.places(size);
  if (places[0] < 1 || places[1] < 1)
    throw Error(fmt::format("{} is larger than its input of {} by {}, which is {} by {} with its padding",
                            text_of(windows), size[0], size[1],
                            size[0] + windows.before[0] + windows.after[0],
                            size[1] + windows.before[1] + windows.after[1]));
  return windows;
}

Padding::Transposed Padding::made_of(Windows2d windows, const Extents2d& places,
                                     const Extents2d& extra) const {
  windows.before = before_;
  windows.after = after_;
  Extents2d size{};
  for (const std::size_t d : {0u, 1u}) {
    size[d] =
        same_ ? places[d] * windows.stride[d]
              : (places[d] - 1) * windows.stride[d] + reach(windows, d) - before_[d] - after_[d] + extra[d];
    if (size[d] < 1)
      throw Error(
          fmt::format("{} with this padding leaves nothing of {} by {} places: the result would be {} "
                      "pixels {}",
                      text_of(windows), places[0], places[1], size[d], d == 0 ? "high" : "wide"));
  }
  if (same_) pad_same(windows, size);
  return {windows, size};
}

}  // namespace descent
