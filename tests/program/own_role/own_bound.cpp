#include <descent/autograd/node.hpp>
#include <descent/plugin/loss.hpp>

#include "paired_model.hpp"

namespace {

using namespace descent;

/// x³, as an op of one's own. Its gradient is written with ops, so that it has gradients of any order.
class Cube final : public Node {
 public:
  const char* name() const override { return "cube"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    into.add(0, 3 * square(inputs[0]) * gradient);
  }
};

Variable cube(const Variable& x) {
  Tensor out = Tensor::empty(x.shape());
  for (std::int64_t i = 0; i < out.size(); ++i)
    out.data()[i] = x.value().data()[i] * x.value().data()[i] * x.value().data()[i];
  return make_result<Cube>(std::move(out), {x});
}

/// −log p(x | z, y) + KL(q(z | x, y) ‖ p(z | y)), and a penalty on the gradient of Σ cube(z): Σ (3·z²)².
class OwnBound final : public LossOn<own::PairedModel> {
 public:
  static void options(OptionSpec<OwnBound>& o) {
    o.number("penalty", &OwnBound::penalty, 0.01).at_least(0).doc("weight of the penalty").contrast(1.0);
  }
  std::vector<Player> players(const Model&, const std::vector<std::string>&) const override {
    return {{.name = "model", .rest = true}};
  }
  std::vector<TermSpec> declares(std::string_view, const Model&) const override {
    return {{"reconstruction"}, {"kl"}, {"penalty"}, {"penalty_error", false}};
  }
  void evaluate(std::string_view, own::PairedModel& model, const Batch& batch, Context& context,
                Terms& out) const override {
    const Values x = batch.values(model.fields()), y = batch.values(model.condition_fields());
    const DistributionPtr posterior = model.infer(x, y, context);
    const Variable z = posterior->sample(context, "latent");
    out.set("reconstruction", -log_prob(*model.pair(z, y, context), x, context));
    out.set("kl", posterior->kl(*model.prior(batch.size(), y, context)));
    const Variable gradient = grad(sum(cube(z)), {&z, 1}, {.create_graph = true})[0];
    const Variable measured = sum_features(square(gradient));
    out.set("penalty", measured, penalty);
    out.set("penalty_error", (measured - sum_features(9 * square(square(z)))).detach());
  }

 private:
  double penalty;
};

}  // namespace

DESCENT_LOSS(OwnBound, "own_bound", "the bound of a paired model")
