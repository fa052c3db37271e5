#include <descent/plugin/condition.hpp>
#include <descent/plugin/model.hpp>

namespace {

/// A network of fully connected layers from one field to another: class logits where the target is a label,
/// values otherwise. Without hidden layers: logistic, or linear, regression.
class Mlp final : public descent::Model, public descent::Predictor {
 public:
  static void options(descent::OptionSpec<Mlp>& o) {
    o.network("network", &Mlp::spec, descent::NetworkSpec::hidden({128}, "relu"))
        .doc("the layers before the last linear one");
    o.text("input", &Mlp::input, "image").doc("the data set's field that is looked at");
    o.text("target", &Mlp::target, "label").doc("the field that is predicted");
  }

  void build(const descent::Fields& fields, descent::Registrar& registrar) override {
    inputs = {input};
    targets = {target};
    const descent::Field& wanted = find_field(fields, target);
    seen = seen_by(spec, find_field(fields, input).shape);
    const std::int64_t outputs = wanted.classes > 0 ? wanted.classes : wanted.shape.size();
    network = {spec, seen, {outputs}, "network", registrar};
  }

  descent::Values predict(const descent::Values& x, descent::Pass& pass) override {
    return network.forward(reshape(x[0], seen.batch(x[0].shape()[0])), pass);
  }

  descent::Variable features(const descent::Values& x, descent::Pass& pass) override {
    return network.forward_with_features(reshape(x[0], seen.batch(x[0].shape()[0])), {}, pass).features;
  }

  const std::vector<std::string>& input_fields() const override { return inputs; }
  const std::vector<std::string>& target_fields() const override { return targets; }

 private:
  descent::NetworkSpec spec;
  std::string input, target;
  std::vector<std::string> inputs, targets;
  descent::Network network;
  descent::Shape seen;  // of one example
};

}  // namespace

DESCENT_MODEL(Mlp, "mlp", "multilayer perceptron for classes or values");
