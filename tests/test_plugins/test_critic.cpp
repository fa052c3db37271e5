#include <descent/plugin/loss.hpp>

namespace {

/// A loss with a network of its own, on fixed examples of two numbers: (network(x) − 1)². The player that moves
/// the model's groups moves the network too.
class Critic final : public descent::Loss {
 public:
  static void options(descent::OptionSpec<Critic>& o) {
    o.network("network", &Critic::spec, descent::NetworkSpec::hidden({3}, "tanh")).doc("the network");
  }
  void build(const descent::Model&, const descent::Fields&, descent::Registrar& registrar) override {
    network = {spec, {2}, {1}, "critic", registrar};
  }
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{.name = "model", .rest = true}};
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"distance"}};
  }
  void evaluate(std::string_view, descent::Model&, const descent::Batch&, descent::Context& context,
                descent::Terms& out) const override {
    const descent::Variable x = descent::Tensor::of({2, 2}, {0.5, -1, 2, 0.25});
    out.set("distance", sum_features(square(network.forward(x, context) - 1.0)));
  }

 private:
  descent::NetworkSpec spec;
  descent::Network network;
};

}  // namespace

DESCENT_LOSS(Critic, "test_critic", "a network of its own, for tests");
