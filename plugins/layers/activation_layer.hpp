#pragma once

#include <descent/plugin/layer.hpp>

/// A layer that applies a function to every element: what the activations share. They differ in value() and,
/// where the layer before them can apply them itself, in activation().
class ActivationLayer : public descent::Layer {
 public:
  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope&) final {
    return input;
  }
  descent::Variable forward(const descent::Variable& x, const descent::Variable&, descent::Pass&) final {
    return value(x);
  }

 private:
  virtual descent::Variable value(const descent::Variable& x) const = 0;
};
