#include "descent/plugin/metric.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace descent {

TrainedRun::~TrainedRun() = default;
MetricContext::~MetricContext() = default;
Metric::~Metric() = default;
void Metric::check(const Model&, const Dataset&) const {}
void Metric::rehearse(Model&, MetricContext&) const {}
void Metric::check_examples(Split, const std::function<std::optional<std::int64_t>(Split)>&) const {}
void Metric::check_game(const std::vector<std::string>&, const std::vector<std::string>&) const {}
bool Metric::depends_on_loss(const std::string&) const {
  return false;
}

static constexpr std::string_view counted_begin = "{first ", counted_middle = ", of endless ",
                                  counted_end = "}";

std::string counted_examples(std::int64_t first, std::int64_t of_endless) {
  std::string text(counted_begin);
  text += std::to_string(first);
  text += counted_middle;
  text += std::to_string(of_endless);
  return text += counted_end;
}

std::string with_counted_examples(std::string note, std::optional<std::int64_t> size) {
  const std::size_t begin = note.find(counted_begin), middle = note.find(counted_middle),
                    end = note.find(counted_end);
  if (begin == std::string::npos || middle == std::string::npos || end == std::string::npos) return note;
  const std::int64_t first = std::stoll(note.substr(begin + counted_begin.size()));
  const std::int64_t of_endless = std::stoll(note.substr(middle + counted_middle.size()));
  const std::int64_t count = !size ? of_endless : first > 0 ? std::min(first, *size) : *size;
  return note.replace(begin, end + counted_end.size() - begin,
                      std::to_string(count) + (count == 1 ? " example" : " examples"));
}

}  // namespace descent
