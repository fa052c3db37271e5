#pragma once

#include <span>
#include <string>

namespace descent::program {

/// Values as a line of `columns` characters at most, each as high as the mean of its share of them: blocks,
/// or digits from 0 to 9 where there is no Unicode. What is not finite is `×` (`x`) where nothing else is in
/// its share. Equal values are drawn at half height.
std::string sparkline(std::span<const double> values, std::size_t columns, bool unicode);

}  // namespace descent::program
