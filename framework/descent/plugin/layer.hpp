#pragma once

#include "descent/nn/layer.hpp"
#include "descent/nn/network.hpp"
#include "descent/plugin/export.hpp"
#include "descent/plugin/options.hpp"

/// Registers a layer: `DESCENT_LAYER(LayerNorm, "layer_norm", "normalizes each example (Ba et al., 2016)")`.
#define DESCENT_LAYER(CLASS, NAME, SUMMARY) DESCENT_PLUGIN(::descent::Layer, layer, CLASS, NAME, SUMMARY)
