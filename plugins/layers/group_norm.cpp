#include "group_norm_layer.hpp"

namespace {

/// scale·(x − mean)/√(variance + ε) + shift, with the statistics of each example's groups of channels over all
/// positions. Wu and He, Group Normalization, 2018, equations 1 to 5.
class GroupNorm final : public GroupNormLayer {
 public:
  static void options(descent::OptionSpec<GroupNorm>& o) {
    o.integer("groups", &GroupNorm::wanted, 0)
        .at_least(1)
        .required()
        .main()
        .doc("how many groups of equal size the channels are divided into; the paper uses 32")
        .example(8)
        .contrast(2);
    shared_options(o);
  }

 private:
  std::string title() const override { return "group_norm"; }
  std::int64_t groups_of(std::int64_t) const override { return wanted; }

  std::int64_t wanted;
};

}  // namespace

DESCENT_LAYER(GroupNorm, "group_norm", "groups of channels of each example normalized (Wu and He, 2018)");
