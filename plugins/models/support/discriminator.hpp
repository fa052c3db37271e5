#pragma once

#include <descent/plugin/condition.hpp>
#include <descent/plugin/model.hpp>

/// How a discriminator sees a condition.
enum class Conditioning {
  concatenate,  ///< next to the example, and in every layer that takes one
  projection,   ///< ⟨embed(y), features⟩ added to the logit
  auxiliary     ///< not at all: it says of which class the example is
};

/// A discriminator network over packs of examples, with a condition.
class Discriminator {
 public:
  /// `example` is the shape of one example; `condition` that of its condition, empty without one. Throws Error where
  /// they do not go together.
  void build(descent::NetworkSpec& spec, const descent::Shape& example, const descent::Condition& condition,
             Conditioning conditioning, std::int64_t packing, descent::Registrar& registrar) {
    require(condition, conditioning, packing);
    conditioning_ = conditioning;
    packing_ = packing;
    seen_ = seen_by(spec, example);
    const bool concatenated = conditioning == Conditioning::concatenate && !condition.empty();
    const descent::Shape input = concatenated ? condition.joined(seen_) : seen_;
    const descent::Shape label = condition.empty() ? descent::Shape{} : packed(condition.shape());
    network_ = {
        spec, packed(input), {1}, "discriminator", registrar, concatenated ? label : descent::Shape{}};
    register_head(spec, label, registrar);
  }

  /// x (batch, …) and its condition y (batch, n), undefined without one, of whole packs. In evaluation, examples that
  /// make no whole pack are left out; a batch of fewer is repeated until it makes one.
  descent::DiscriminatorOutput operator()(descent::Variable x, descent::Variable y,
                                          descent::Pass& pass) const {
    while (!pass.training() && x.shape()[0] < packing_) {
      x = concatenate_batch(x, x);
      if (y.defined()) y = concatenate_batch(y, y);
    }
    const std::int64_t rows = whole_packs(x.shape()[0], pass);
    if (rows * packing_ != x.shape()[0]) {
      x = slice_batch(x, 0, rows * packing_);
      if (y.defined()) y = slice_batch(y, 0, rows * packing_);
    }
    x = reshape(x, seen_.batch(rows * packing_));
    const bool concatenated = conditioning_ == Conditioning::concatenate && y.defined();
    if (concatenated) x = with_condition(x, y);
    if (y.defined()) y = pack(y, rows);
    const auto [result, features] =
        network_.forward_with_features(pack(x, rows), concatenated ? y : descent::Variable(), pass);
    descent::DiscriminatorOutput output{reshape(result, {rows}), features};
    if (conditioning_ == Conditioning::concatenate) return output;
    const auto flat = reshape(features, {rows, features.shape().row_size()});
    if (embedding_ != nullptr)
      output.logits = output.logits + sum_features(matmul(y, embedding_->variable) * flat);
    if (weight_ != nullptr) output.classes = dense(flat, weight_->variable, bias_->variable);
    return output;
  }

  bool mixes_examples() const { return network_.mixes_examples(); }

 private:
  static void require(const descent::Condition& condition, Conditioning conditioning, std::int64_t packing) {
    if (conditioning == Conditioning::concatenate) return;
    if (condition.empty())
      throw descent::Error(
          "'conditioning' is how the discriminator sees a condition, but there is none; add one, "
          "such as condition: label");
    if (conditioning == Conditioning::auxiliary && !condition.is_one_label())
      throw descent::Error(
          "'conditioning: auxiliary' classifies examples; the condition must be class labels");
    if (conditioning == Conditioning::auxiliary && packing > 1)
      throw descent::Error(
          "'conditioning: auxiliary' classifies single examples, and does not go with 'packing'");
  }

  void register_head(const descent::NetworkSpec& spec, const descent::Shape& label,
                     descent::Registrar& registrar) {
    if (conditioning_ == Conditioning::concatenate) return;
    descent::Diagnostics diagnostics;
    descent::Scope scope(registrar, "discriminator", "",
                         descent::initialize::parse(spec.default_initializer(), diagnostics), {});
    diagnostics.throw_if_any();
    const std::int64_t features = network_.features().size(), numbers = label.size();
    if (conditioning_ == Conditioning::projection) {
      embedding_ = &scope.parameter("embedding", {numbers, features}, {numbers, features});
    } else {
      weight_ = &scope.parameter("classifier.weight", {features, numbers}, {features, numbers});
      bias_ = &scope.parameter("classifier.bias", {numbers}, {features, numbers});
    }
  }

  descent::Shape packed(const descent::Shape& example) const {
    return packing_ == 1 ? example : example.with_last(packing_ * example[example.rank() - 1]);
  }

  std::int64_t whole_packs(std::int64_t batch, const descent::Pass& pass) const {
    const std::int64_t rows = batch / packing_;
    if (rows > 0 && (rows * packing_ == batch || !pass.training())) return rows;
    throw descent::Error("a discriminator with packing: " + std::to_string(packing_) +
                         " sees batches of a multiple of " + std::to_string(packing_) + " examples, not of " +
                         std::to_string(batch));
  }

  /// (rows·packing, …, n) -> (rows, …, packing·n): consecutive examples side by side in the last dimension.
  descent::Variable pack(const descent::Variable& x, std::int64_t rows) const {
    if (packing_ == 1) return x;
    const descent::Shape& shape = x.shape();
    const std::int64_t size = shape.row_size();
    if (shape.rank() == 2) return reshape(x, {rows, packing_ * size});
    const auto side_by_side = reshape(x, {rows, packing_ * size});
    descent::Variable all;
    for (std::int64_t i = 0; i < packing_; ++i) {
      const auto one =
          reshape(slice_features(side_by_side, i * size, (i + 1) * size), shape.row().batch(rows));
      all = all.defined() ? concatenate_last(all, one) : one;
    }
    return all;
  }

  Conditioning conditioning_ = Conditioning::concatenate;
  std::int64_t packing_ = 1;
  descent::Shape seen_;  // of one example
  descent::Network network_;
  descent::Parameter *embedding_ = nullptr, *weight_ = nullptr, *bias_ = nullptr;
};
