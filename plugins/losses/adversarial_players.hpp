#pragma once

#include <descent/plugin/play.hpp>

/// A loss that adds to the player `discriminator`, whom an adversarial loss defines, and to nobody else.
class DiscriminatorLoss : public descent::LossOn<descent::AdversarialModel> {
 public:
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{"discriminator"}};
  }
};
