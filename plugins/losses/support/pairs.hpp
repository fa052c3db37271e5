#pragma once

#include <descent/base/error.hpp>
#include <descent/plugin/loss.hpp>

/// Whether a batch has two examples or more, which a loss compares with each other. Throws Error, naming the loss, where a batch that is
/// trained on has one; an evaluation may come to a last batch of one, which the loss then counts as 0.
inline bool has_pairs(const char* loss, const descent::Batch& batch, const descent::Context& context) {
  if (batch.size() > 1) return true;
  if (context.training())
    throw descent::Error(std::string(loss) +
                         " compares the examples of a batch with each other, and needs at least two");
  return false;
}
