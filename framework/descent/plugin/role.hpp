#pragma once

#include <string>

#include "descent/base/error.hpp"

namespace descent {

/// What plays no part that was asked of it; the host adds who asked and whom.
class DESCENT_API RoleMismatch : public Error {
 public:
  explicit RoleMismatch(const std::string& role);
  ~RoleMismatch() override;
  const std::string& role() const { return role_; }

 private:
  std::string role_;
};

/// `object` as a `Role` it plays; throws RoleMismatch when it does not.
template <class Role, class Object>
auto& role(Object& object) {
  using Result = std::conditional_t<std::is_const_v<Object>, const Role, Role>;
  if (auto* result = dynamic_cast<Result*>(&object)) return *result;
  throw RoleMismatch(Role::role_name);
}

}  // namespace descent
