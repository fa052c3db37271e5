#pragma once

#include <filesystem>
#include <string>

#include "descent/nn/network.hpp"

namespace descent {

/// A network whose parameters and buffers are read from a file of named arrays (.npz): what metrics judge by. It belongs to
/// no run and to no plugin's binary; what it computes follows from its layers and from the file, of which sha256() tells.
class FixedNetwork {
 public:
  /// `input` and `output`: the shapes of one example. Parameters are called as those of a network `group`,
  /// `classifier.0.weight`. Throws Error when the file lacks one, or holds it in another shape: then with those it holds.
  FixedNetwork(NetworkSpec& layers, const Shape& input, const Shape& output, const std::string& group,
               const std::filesystem::path& file);

  /// The shape of one example of what the network in a file gives: the last extent of its last weight.
  static Shape output_in(const std::filesystem::path& file, const std::string& group);

  /// x (batch, input…) -> (batch, output…), in evaluation mode.
  Variable operator()(const Variable& x) const;
  /// x (batch, input…) -> (batch, …): the result of the layer that says `tap: true`, or the input of the last one.
  Variable features(const Variable& x) const;
  /// Of the file, 64 hexadecimal digits.
  const std::string& sha256() const { return sha256_; }

 private:
  Registrar registrar_;
  Network network_;
  std::string sha256_;
};

}  // namespace descent
