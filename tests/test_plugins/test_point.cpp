#include <descent/plugin/model.hpp>

namespace {

/// One free vector for each group, at given starts: by default x = (1, 2) and y = (3, −1).
class FreePoint final : public descent::Model, public descent::Point {
 public:
  static void options(descent::OptionSpec<FreePoint>& o) {
    o.vectors("start", &FreePoint::start, {1, 2}).doc("where each group's vector begins");
  }
  void build(const descent::Fields&, descent::Registrar& registrar) override {
    for (const auto& [group, values] : start)
      vectors_.push_back(&registrar.parameter(group.empty() ? "x" : group, "vector",
                                              {static_cast<std::int64_t>(values.size())},
                                              descent::initialize::values(values)));
  }
  const std::vector<descent::Parameter*>& vectors() const override { return vectors_; }

 private:
  descent::NamedNumbers start;
  std::vector<descent::Parameter*> vectors_;
};

}  // namespace

DESCENT_MODEL(FreePoint, "test_point", "free vectors, for tests")
