#include "descent/plugin/metric.hpp"

namespace descent {

TrainedRun::~TrainedRun() = default;
MetricContext::~MetricContext() = default;
Metric::~Metric() = default;
void Metric::check(const Model&, const Dataset&) const {}
void Metric::check_examples(Split, const std::function<std::optional<std::int64_t>(Split)>&) const {}
void Metric::check_game(const std::vector<std::string>&, const std::vector<std::string>&) const {}

}  // namespace descent
