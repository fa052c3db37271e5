#include <descent/plugin/layer.hpp>

namespace {

/// Appends one channel: how far the examples of a group lie apart, the standard deviation over the group, averaged
/// over all numbers of an example. (batch, …, channels) -> (batch, …, channels + 1), the same number at all positions of
/// all examples of a group. Karras et al., Progressive Growing of GANs, 2018, section 3.
///
/// As in the authors' code, a batch of N has G = ⌊N/size⌋ groups, at least one, of which example i belongs to group
/// i mod G. Where N is no multiple of G, the last N mod G examples get the number of their group and have no part in
/// it. In evaluation, where examples are independent, the number is the running average of the training passes'.
class MinibatchStddev final : public descent::Layer {
 public:
  static void options(descent::OptionSpec<MinibatchStddev>& o) {
    o.integer("group_size", &MinibatchStddev::group_size, 4)
        .at_least(2)
        .main()
        .doc("examples of a group")
        .contrast(2);
  }

  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope& scope) override {
    if (input.rank() == 0)
      throw descent::Error("minibatch_stddev needs inputs with channels, but one example is a single number");
    average = &scope.average("stddev", descent::Tensor::zeros({1}));
    return input.with_last(input[input.rank() - 1] + 1);
  }

  descent::Variable forward(const descent::Variable& x, const descent::Variable&,
                            descent::Pass& pass) override {
    const std::int64_t batch = x.shape()[0];
    const descent::Shape channel = x.shape().with_last(1);
    if (!pass.training())
      return concatenate_last(x, broadcast_to(descent::Variable(average->value()), channel));
    if (batch < 2)
      throw descent::Error("minibatch_stddev needs two examples or more, but a batch of shape " +
                           x.shape().text() + " has one");
    const auto of_groups = stddev(x);  // (groups)
    const std::int64_t groups = of_groups.shape()[0], rounds = (batch + groups - 1) / groups;
    if (pass.stages_buffers()) average->average(reshape(mean(of_groups), {1}).value(), momentum, pass);
    const auto of_examples =
        slice_batch(reshape(broadcast_to(of_groups, {rounds, groups}), {rounds * groups}), 0, batch);
    return concatenate_last(
        x, reshape(broadcast_to(reshape(of_examples, {batch, 1}), {batch, channel.row_size()}), channel));
  }

  bool mixes_examples() const override { return true; }

 private:
  static constexpr double epsilon = 1e-8, momentum = 0.1;

  /// Of each group, (groups): its examples lie `groups` apart.
  descent::Variable stddev(const descent::Variable& x) const {
    const std::int64_t batch = x.shape()[0], width = x.value().columns();
    const std::int64_t groups = std::max<std::int64_t>(1, batch / group_size), members = batch / groups;
    const auto rows = reshape(slice_batch(x, 0, members * groups), {members, groups * width});
    const auto over_members = [&](const descent::Variable& v) {
      return sum_batch(v) / static_cast<double>(members);
    };
    const auto deviation = sqrt(over_members(square(rows - over_members(rows))) + epsilon);
    return sum_features(reshape(deviation, {groups, width})) / static_cast<double>(width);
  }

  std::int64_t group_size;
  descent::Buffer* average = nullptr;
};

}  // namespace

DESCENT_LAYER(MinibatchStddev, "minibatch_stddev",
              "appends the standard deviation over groups of examples (Karras et al., 2018)");
