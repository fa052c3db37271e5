#include <descent/plugin/layer.hpp>

namespace {

/// (height, width, block²·channels) -> (block·height, block·width, channels): channel (a·block + b)·channels + c becomes
/// row a, column b of a block. Shi et al., Real-Time Single Image and Video Super-Resolution Using an Efficient
/// Sub-Pixel Convolutional Neural Network, 2016, equation 4, with channels last.
class DepthToSpace final : public descent::Layer {
 public:
  static void options(descent::OptionSpec<DepthToSpace>& o) {
    o.integer("block", &DepthToSpace::block, 2)
        .in(1, 1000)
        .main()
        .doc("how many times as high and wide")
        .contrast(1);
  }

  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope&) override {
    if (input.rank() != 3 || input[2] % (block * block) != 0)
      throw descent::Error("depth_to_space needs images, (height, width, channels), with a multiple of " +
                           std::to_string(block * block) + " channels, but one example is " + input.text());
    return {block * input[0], block * input[1], input[2] / (block * block)};
  }
  descent::Variable forward(const descent::Variable& x, const descent::Variable&, descent::Pass&) override {
    return depth_to_space(x, block);
  }

 private:
  std::int64_t block;
};

}  // namespace

DESCENT_LAYER(DepthToSpace, "depth_to_space", "channels become pixels (Shi et al., 2016)");
