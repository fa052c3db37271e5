#pragma once

#include "adversarial_players.hpp"

/// What penalties on the discriminator's slope share: how it is taken, and a warning where batch normalization is in the
/// way.
class SlopePenalty : public DiscriminatorLoss {
 public:
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"penalty"}};
  }
  std::vector<std::string> warnings(const descent::Model& model) const override {
    if (!descent::role<descent::AdversarialModel>(model).discriminator_mixes_examples()) return {};
    return {
        "a layer of the discriminator mixes the examples of a batch, as batch_norm does, so that the penalty "
        "is not "
        "on the gradient of each example's own logit (Gulrajani et al., 2017, section 4); layer_norm, "
        "instance_norm "
        "and no normalization go with it"};
  }

 protected:
  /// ‖∇ₓD(x)‖² over all fields, x each (batch, …), of which `logits` (rows) were made: (rows), with a graph.
  static descent::Variable squared_slopes(const descent::Variable& logits, const descent::Values& x,
                                          std::int64_t packing) {
    descent::Variable total;
    for (const auto& gradient : grad(logits, {x.begin(), x.size()}, {.create_graph = true})) {
      const auto squares = sum_features(square(gradient));
      total = total.defined() ? total + squares : squares;
    }
    if (packing == 1) return total;
    if (total.shape()[0] < packing) return reshape(sum(total), {1});  // repeated until they made a pack
    return sum_row_groups(slice_batch(total, 0, logits.shape()[0] * packing), packing);
  }
};
