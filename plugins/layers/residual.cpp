#include <descent/plugin/layer.hpp>

namespace {

/// F(x) + S(x): a network F of `layers`, and a shortcut S around it, x itself where none is given. He et al.,
/// Deep Residual Learning for Image Recognition, 2016, equations 1 and 2.
class Residual final : public descent::Layer {
 public:
  static void options(descent::OptionSpec<Residual>& o) {
    const auto layer = [](const char* name) { return descent::Value::of(name); };
    o.layers("layers", &Residual::layers)
        .required()
        .main()
        .doc("the layers of F; the last one gives the shape of x, or that of the shortcut")
        .example(descent::Value::list(
            {descent::Value::map({{"linear", descent::Value::of(64), {}}}), layer("relu")}))
        .contrast(descent::Value::list({layer("tanh")}));
    o.layers("shortcut", &Residual::shortcut_layers)
        .doc("the layers of S, one or a list; none: x itself")
        .contrast(descent::Value::list({layer("sigmoid")}));
  }

  descent::Shape build(const descent::Shape& input, const descent::Shape& condition,
                       descent::Scope& scope) override {
    body = {layers, input, condition, scope.child("layers")};
    shortcut = {shortcut_layers, input, condition, scope.child("shortcut")};
    if (!(body.output() == shortcut.output()))
      throw descent::Error("its layers make " + body.output().text() + " of " + input.text() +
                           ", but its shortcut " + shortcut.output().text());
    return body.output();
  }

  descent::Variable forward(const descent::Variable& x, const descent::Variable& y,
                            descent::Pass& pass) override {
    return body.forward(x, y, pass) + shortcut.forward(x, y, pass);
  }

  bool mixes_examples() const override { return body.mixes_examples() || shortcut.mixes_examples(); }

 private:
  descent::NetworkSpec layers, shortcut_layers;
  descent::Network body, shortcut;
};

}  // namespace

DESCENT_LAYER(Residual, "residual", "the sum of some layers and a shortcut around them (He et al., 2016)");
