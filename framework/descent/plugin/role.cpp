#include "descent/plugin/role.hpp"

namespace descent {

RoleMismatch::RoleMismatch(const std::string& role) : Error("does not play the role " + role), role_(role) {}
RoleMismatch::~RoleMismatch() = default;

}  // namespace descent
