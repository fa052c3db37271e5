#include "descent/conformance/role_plugins.hpp"

#include "descent/conformance/made_up_batch.hpp"
#include "descent/conformance/own_plugin.hpp"
#include "descent/plugin/dataset.hpp"
#include "descent/plugin/loss.hpp"

namespace descent::conformance {

namespace {

class PointDouble final : public Model, public Point {
 public:
  static void options(OptionSpec<PointDouble>& o) {
    o.vectors("start", &PointDouble::start, {0.7, -0.4}).doc("the vectors, by group");
  }
  void build(const Fields&, Registrar& registrar) override {
    for (const auto& [name, values] : start)
      parameters.push_back(&registrar.parameter(name.empty() ? "point" : name, "value",
                                                {static_cast<std::int64_t>(values.size())},
                                                initialize::values(values)));
  }
  const std::vector<Parameter*>& vectors() const override { return parameters; }

 private:
  NamedNumbers start;
  std::vector<Parameter*> parameters;
};

constexpr std::int64_t latent_size = 2;

class PredictorDouble final : public Model, public Predictor {
 public:
  static void options(OptionSpec<PredictorDouble>& o) {
    o.text("target", &PredictorDouble::target, "label").doc("the field that is predicted");
  }
  void build(const Fields& fields, Registrar& registrar) override {
    const Field& wanted = find_field(fields, target);
    targets = {target};
    const std::int64_t numbers = find_field(fields, "image").shape.size();
    const std::int64_t outputs = wanted.classes > 0 ? wanted.classes : wanted.shape.size();
    weight = &registrar.parameter("predictor", "weight", {numbers, outputs}, initialize::normal(0.3));
    bias = &registrar.parameter("predictor", "bias", {outputs}, initialize::normal(0.3));
  }
  Values predict(const Values& x, Pass&) override {
    const Variable flat = reshape(x[0], {x[0].shape()[0], x[0].shape().row_size()});
    return dense(flat, weight->variable, bias->variable, Activation::tanh);
  }
  const std::vector<std::string>& input_fields() const override { return inputs; }
  const std::vector<std::string>& target_fields() const override { return targets; }

 private:
  std::string target;
  std::vector<std::string> inputs = {"image"}, targets;
  Parameter* weight = nullptr;
  Parameter* bias = nullptr;
};

class LatentDouble final : public Model, public LatentVariableModel {
 public:
  void build(const Fields& fields, Registrar& registrar) override {
    shape = find_field(fields, "image").shape;
    const std::int64_t size = shape.size();
    mean = &registrar.parameter("encoder", "mean", {size, latent_size}, initialize::normal(0.2));
    log_variance =
        &registrar.parameter("encoder", "log_variance", {size, latent_size}, initialize::normal(0.1));
    weight = &registrar.parameter("decoder", "weight", {latent_size, size}, initialize::normal(0.5));
    bias = &registrar.parameter("decoder", "bias", {size}, initialize::normal(0.2));
  }
  DistributionPtr encode(const Values& x, const Values&, Pass&) override {
    const Variable flat = reshape(x[0], {x[0].shape()[0], shape.size()});
    return make_distribution<Normal>(matmul(flat, mean->variable), matmul(flat, log_variance->variable));
  }
  DistributionPtr decode(const Variable& z, const Values&, Pass&) override {
    const Variable logits = dense(z, weight->variable, bias->variable);
    return make_distribution<Bernoulli>(reshape(logits, shape.batch(z.shape()[0])));
  }
  Shape latent_shape() const override { return {latent_size}; }
  const std::vector<std::string>& fields() const override { return names; }

 private:
  std::vector<std::string> names = {"image"};
  Shape shape;
  Parameter* mean = nullptr;
  Parameter* log_variance = nullptr;
  Parameter* weight = nullptr;
  Parameter* bias = nullptr;
};

class AdversarialDouble final : public Model, public AdversarialModel {
 public:
  static void options(OptionSpec<AdversarialDouble>& o) {
    o.text("field", &AdversarialDouble::field, "image").doc("the field that is modeled");
    o.text("classes", &AdversarialDouble::classes_of, "").doc("a condition, which the discriminator guesses");
  }
  void build(const Fields& data, Registrar& registrar) override {
    names = {field};
    shape = find_field(data, field).shape;
    const std::int64_t size = shape.size();
    weight = &registrar.parameter("generator", "weight", {latent_size, size}, initialize::normal(0.5));
    bias = &registrar.parameter("generator", "bias", {size}, initialize::normal(0.2));
    hidden = &registrar.parameter("discriminator", "hidden", {size, 3}, initialize::normal(0.5));
    output = &registrar.parameter("discriminator", "output", {3}, initialize::normal(0.5));
    if (classes_of.empty()) return;
    conditions = {classes_of};
    classifier = &registrar.parameter("discriminator", "classifier",
                                      {3, find_field(data, classes_of).classes}, initialize::normal(0.5));
  }
  Variable draw_latent(std::int64_t count, const Values&, Pass& pass) override {
    return pass.normal("latent", {count, latent_size});
  }
  Values from_latent(const Variable& z, const Values&, Show, Pass&) override {
    return reshape(dense(z, weight->variable, bias->variable), shape.batch(z.shape()[0]));
  }
  DiscriminatorOutput discriminate(const Values& x, const Values&, Pass&) override {
    const Variable features = tanh(matmul(reshape(x[0], {x[0].shape()[0], shape.size()}), hidden->variable));
    return {sum_features(features * output->variable), features,
            classifier == nullptr ? Variable() : matmul(features, classifier->variable)};
  }
  const std::vector<std::string>& fields() const override { return names; }
  const std::vector<std::string>& condition_fields() const override { return conditions; }

 private:
  std::string field, classes_of;
  std::vector<std::string> names, conditions;
  Shape shape;
  Parameter* weight = nullptr;
  Parameter* bias = nullptr;
  Parameter* hidden = nullptr;
  Parameter* output = nullptr;
  Parameter* classifier = nullptr;
};

class ExampleData final : public Dataset, public Mixture {
 public:
  static void options(OptionSpec<ExampleData>& o) {
    o.integer("dimensions", &ExampleData::dimensions, 2).at_least(2).doc("of `point`");
    o.flag("endless", &ExampleData::endless, false).doc("examples are drawn at random");
  }
  void open() override {
    examples_ = made_up_batch(fields(), count, "examples");
    modes_ = Tensor::zeros({2, dimensions});
    modes_.data()[0] = -1;
    modes_.data()[dimensions] = 1;
    Tensor points = examples_.rows("point");
    for (std::int64_t i = 0; i < points.size(); ++i)
      points.data()[i] = static_cast<Scalar>(0.1) * points.data()[i] +
                         modes_.data()[(i / dimensions % 2) * dimensions + i % dimensions];
  }
  Fields fields() const override {
    return {{.name = "image", .shape = {4, 4, 1}, .low = 0, .high = 1, .image = true},
            {.name = "label", .classes = 3},
            {.name = "target", .shape = {2}},
            {.name = "point", .shape = {dimensions}}};
  }
  std::optional<std::int64_t> size(Split) const override {
    return endless ? std::nullopt : std::optional(count);
  }
  void sample(Split split, RandomStream& random, Batch& batch) const override {
    std::vector<std::int64_t> indices(static_cast<std::size_t>(batch.size()));
    random.below(count, indices.data(), batch.size());
    fill(split, indices, batch);
  }
  void fill(Split, std::span<const std::int64_t> indices, Batch& batch) const override {
    for (const Field& field : batch.fields()) {
      const Tensor& all = examples_[field.name].value();
      Tensor rows = batch.rows(field.name);
      for (std::size_t row = 0; row < indices.size(); ++row)
        std::copy_n(all.data() + indices[row] * all.columns(), all.columns(),
                    rows.data() + static_cast<std::int64_t>(row) * all.columns());
    }
  }
  const Tensor& centers() const override { return modes_; }
  double standard_deviation() const override { return 0.1; }
  std::string point_field() const override { return "point"; }

 private:
  static constexpr std::int64_t count = 128;
  std::int64_t dimensions = 2;
  bool endless = false;
  Batch examples_;
  Tensor modes_;
};

class Lengths final : public Loss {
 public:
  void build(const Model&, const Fields&, Registrar& registrar) override { groups = registrar.groups(); }
  std::vector<Player> players(const Model&, const std::vector<std::string>&) const override {
    std::vector<Player> all;
    for (const std::string& group : groups) all.push_back({group, {group}});
    return all;
  }
  std::vector<TermSpec> declares(std::string_view, const Model&) const override { return {{"length"}}; }
  void evaluate(std::string_view player, Model&, const Batch&, Context& context, Terms& out) const override {
    Variable total = Variable::scalar(0), own = total, others = total;
    for (const Variable& parameter : context.parameters(player)) {
      total = total + sum(square(parameter)) * 0.5;
      own = own + sum(parameter);
    }
    for (const std::string& other : context.players())
      if (other != player)
        for (const Variable& parameter : context.parameters(other)) others = others + sum(square(parameter));
    out.set("length", total + 0.1 * own * others);
  }

 private:
  std::vector<std::string> groups;  // the model's
};

class Roles final : public Loss {
 public:
  std::vector<Player> players(const Model&, const std::vector<std::string>&) const override {
    return {{.name = "model", .rest = true}};
  }
  std::vector<TermSpec> declares(std::string_view, const Model&) const override { return {{"outputs"}}; }
  void evaluate(std::string_view, Model& model, const Batch& batch, Context& context,
                Terms& out) const override {
    NamedOutputs outputs;
    model.outputs(batch, context, outputs);
    Variable total = Variable::scalar(0);
    for (const NamedOutputs::Output& output : outputs.all()) total = total + mean(square(output.value));
    out.set("outputs", total);
  }
};

}  // namespace

const LoadedPlugin& point_double() {
  return own_plugin<Model, PointDouble>(PluginKind::model, "conformance_point");
}
const LoadedPlugin& predictor_double() {
  return own_plugin<Model, PredictorDouble>(PluginKind::model, "conformance_predictor");
}
const LoadedPlugin& latent_double() {
  return own_plugin<Model, LatentDouble>(PluginKind::model, "conformance_latent");
}
const LoadedPlugin& adversarial_double() {
  return own_plugin<Model, AdversarialDouble>(PluginKind::model, "conformance_adversarial");
}
const LoadedPlugin& example_data() {
  return own_plugin<Dataset, ExampleData>(PluginKind::dataset, "conformance_examples");
}
const LoadedPlugin& lengths_loss() {
  return own_plugin<Loss, Lengths>(PluginKind::loss, "conformance_lengths");
}
const LoadedPlugin& roles_loss() {
  return own_plugin<Loss, Roles>(PluginKind::loss, "conformance_roles");
}

}  // namespace descent::conformance
