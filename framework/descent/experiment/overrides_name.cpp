#include <fmt/format.h>

#include <map>

#include "descent/base/random.hpp"
#include "descent/base/text.hpp"
#include "descent/experiment/identity.hpp"
#include "descent/experiment/merge.hpp"
#include "descent/experiment/sections.hpp"

namespace descent::experiment {

static constexpr std::size_t longest_name = 100;

static bool is_safe(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._-+=,:[]{}").find(c) != std::string_view::npos;
}

// `[1, 2]` and `[1,2]` say the same.
static std::string without_padding(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const bool padding = c == ' ' && !result.empty() && (result.back() == ',' || result.back() == ':');
    if (!padding) result += c;
  }
  return result;
}

std::string folder_name(const std::string& text) {
  std::string name;
  for (const char c : text) name += is_safe(c) ? c : '_';
  // A first dot would hide the folder, and `..` would leave it.
  if (!name.empty() && name.front() == '.') name.front() = '_';
  if (name == text && name.size() <= longest_name) return name;
  return fmt::format("{}~{:08x}", name.substr(0, longest_name), stream_key(0, text) & 0xFFFFFFFFu);
}

std::string overrides_name(const std::vector<std::string>& overrides) {
  // Of two for the same key, the later one holds.
  std::map<std::string, std::string> last;
  for (const std::string& assignment : overrides) {
    const std::string key = override_key(assignment);
    if (key != "seed" && is_part_of_run(key)) last[key] = assignment;
  }
  std::vector<std::string> parts;
  for (const auto& [key, assignment] : last) parts.push_back(assignment);
  return folder_name(without_padding(join(parts, ",")));
}

}  // namespace descent::experiment
