#pragma once

#include <algorithm>
#include <descent/base/error.hpp>
#include <descent/plugin/loss.hpp>

/// Throws Error where parameters or buffers of `group`, which belongs to this loss, are there already: those of an item before.
inline void require_once(const std::string& loss, const std::string& group,
                         const descent::Registrar& registrar) {
  const auto is_there = [&](const auto& all, const auto& name_of) {
    return std::any_of(all.begin(), all.end(),
                       [&](const auto& one) { return name_of(*one).starts_with(group + "."); });
  };
  if (is_there(registrar.parameters(), [](const descent::Parameter& one) { return one.name; }) ||
      is_there(registrar.buffers(), [](const descent::Buffer& one) { return one.name(); }))
    throw descent::Error("an experiment has one " + loss + ", because what it learns is called '" + group +
                         "', and that is there already; leave one of the two out");
}
