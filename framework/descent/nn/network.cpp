#include "descent/nn/network.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/base/error.hpp"

namespace descent {

namespace {

initialize::LayerStart start_of(const Value& description) {
  Diagnostics diagnostics;
  initialize::LayerStart start = initialize::parse(description, diagnostics);
  diagnostics.throw_if_any();
  return start;
}

}  // namespace

// What may be meant where a network ends with another size than is asked of it.
static std::string advice(const Shape& made, const Shape& wanted) {
  if (made.rank() != 3 || wanted.rank() != 3)
    return "end it with a layer of the size 'output', or leave out 'head: none'";
  const bool looks_turned = wanted[0] <= 4 && wanted[2] > 4;
  return std::string(
             "images are (height, width, channels), and height and width follow from kernels, strides and "
             "paddings") +
         (looks_turned
              ? "; are those of the data (channels, height, width)? Then say 'layout: channels_first' there"
              : "");
}

Network::Network(NetworkSpec& spec, const Shape& input, const Shape& wanted, std::string_view group,
                 Registrar& registrar, const Shape& condition)
    : output_(input) {
  add_layers(spec, condition, Scope(registrar, group, "", start_of(spec.default_initializer()), wanted),
             wanted.rank() > 0);
  if (wanted.rank() > 0 && output_.size() != wanted.size())
    throw Error(fmt::format("network '{}' ends with {}, but {} is asked for; {}", group, output_.text(),
                            wanted.text(), advice(output_, wanted)));
}

Network::Network(NetworkSpec& spec, const Shape& input, const Shape& condition, const Scope& scope)
    : output_(input) {
  add_layers(spec, condition, scope, false);
}

void Network::add_layers(NetworkSpec& spec, const Shape& condition, const Scope& scope, bool with_head) {
  std::vector<MadeLayer> made = spec.take_layers();
  if (spec.has_head() && !with_head) made.pop_back();
  std::size_t number = 0;
  for (std::size_t i = 0; i < made.size(); ++i) {
    const bool own_start = !made[i].initializer.is(Value::Kind::null);
    Scope own = scope.numbered(number, own_start ? start_of(made[i].initializer) : scope.start());
    const std::size_t before = scope.registered();
    if (!tap_) features_ = output_;
    try {
      output_ = made[i].layer->build(output_, condition, own);
      if (output_.rank() == Shape::max_rank)
        throw Error(fmt::format("its result {} leaves no dimension for the batch: an example has at most {}",
                                output_.text(), Shape::max_rank - 1));
    } catch (const Error& error) {
      throw error.within(made[i].resolved.location(),
                         fmt::format("{} of network '{}': ", made[i].title, scope.group()));
    }
    if (scope.registered() > before) {
      ++number;
    } else if (own_start) {
      throw Error(fmt::format("{} of network '{}' has no parameters that its initializer could start",
                              made[i].title, scope.group()))
          .within(made[i].resolved.location());
    }
    // What is looked at is the layer's own result, so that nothing may be applied to it before.
    const auto next = i + 1 < made.size() && !made[i].tap ? made[i + 1].layer->activation() : std::nullopt;
    const bool absorbed = next && made[i].layer->absorb(*next);
    if (made[i].tap || (absorbed && made[i + 1].tap)) {
      if (tap_)
        throw Error(fmt::format("two layers of network '{}' say 'tap'; only one can", scope.group()))
            .within(made[i].resolved.location());
      tap_ = layers_.size();
      features_ = output_;
    }
    layers_.push_back(std::move(made[i].layer));
    titles_.push_back(fmt::format("{} of network '{}': ", made[i].title, scope.group()));
    if (absorbed) ++i;
  }
}

Variable Network::forward(const Variable& x, const Variable& y, Pass& pass) const {
  return forward_with_features(x, y, pass).result;
}

Network::WithFeatures Network::forward_with_features(const Variable& x, const Variable& y, Pass& pass) const {
  Variable result = x, features = x;
  const Node* const tapped_before = pass.tapped().node();
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (!tap_ && i + 1 == layers_.size()) features = result;
    try {
      result = layers_[i]->forward(result, y, pass);
    } catch (const Error& error) {
      throw error.within({}, titles_[i]);
    }
    if (tap_ && *tap_ == i) {
      features = result;
      pass.tap(result);
    }
  }
  // A layer inside of a layer may say it, too.
  if (!tap_ && pass.tapped().node() != tapped_before) features = pass.tapped();
  return {result, features};
}

bool Network::mixes_examples() const {
  return std::any_of(layers_.begin(), layers_.end(),
                     [](const auto& layer) { return layer->mixes_examples(); });
}

}  // namespace descent
