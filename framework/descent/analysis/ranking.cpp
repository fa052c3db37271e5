#include "descent/analysis/ranking.hpp"

namespace descent::analysis {

bool ranks_before(const Standing& left, const Standing& right, std::string_view direction) {
  if (direction.empty()) return false;
  const bool has_left = left.count > 0, has_right = right.count > 0;
  if (has_left != has_right) return has_left;
  if (left.wrong != right.wrong) return left.wrong < right.wrong;
  if (has_left && left.mean != right.mean)
    return direction == "higher" ? left.mean > right.mean : left.mean < right.mean;
  return left.missing < right.missing;
}

}  // namespace descent::analysis
