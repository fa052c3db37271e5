#include "set_aside.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "descent/base/error.hpp"
#include "descent/base/random.hpp"
#include "descent/base/text.hpp"

namespace descent {

SetAside set_aside(std::int64_t rows, double part, const std::string& option) {
  if (part >= 1 && part != std::floor(part))
    throw Error("'" + option + "' is " + number_text(part) +
                "; it is a fraction below 1, or a whole number of examples");
  const double wanted = part < 1 ? std::round(part * static_cast<double>(rows)) : part;
  if (wanted < 1 || wanted >= static_cast<double>(rows))
    throw Error("'" + option + "' is " + number_text(part) + ", which of " + std::to_string(rows) +
                " examples leaves none to " + (wanted < 1 ? "test with" : "train on"));
  const auto count = static_cast<std::int64_t>(wanted);
  SetAside parts;
  std::vector<std::int64_t>& all = parts.training;
  all.resize(static_cast<std::size_t>(rows));
  std::iota(all.begin(), all.end(), 0);
  RandomStream(stream_key(0, "test")).shuffle(all.data(), rows);
  parts.test.assign(all.begin(), all.begin() + count);
  all.erase(all.begin(), all.begin() + count);
  std::sort(parts.test.begin(), parts.test.end());
  std::sort(all.begin(), all.end());
  return parts;
}

}  // namespace descent
