#include "descent/plugin/abi.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "descent/plugin/library.hpp"

namespace descent {

std::string_view host_abi() {
  return DESCENT_ABI_TAG;
}

namespace {

// In the order of the tag's fields.
enum : std::size_t {
  sdk,
  headers,
  scalar,
  string_abi,
  compiler_abi,
  eigen_version,
  eigen,
  containers,
  sanitizer,
  instructions,
  field_count
};

std::vector<std::string> split(std::string_view tag) {
  std::vector<std::string> fields(1);
  for (const char c : tag) {
    if (c == '.')
      fields.emplace_back();
    else
      fields.back() += c;
  }
  return fields;
}

// `field` without the word that it begins with.
std::string behind(const std::string& field, std::string_view word) {
  return field.starts_with(word) ? field.substr(word.size()) : field;
}

bool processor_has(const std::string& instruction_set) {
#if defined(__x86_64__)
  if (instruction_set == "avx512f") return __builtin_cpu_supports("avx512f");
  if (instruction_set == "avx2") return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (instruction_set == "avx") return __builtin_cpu_supports("avx");
#endif
  return instruction_set == "base";
}

std::string sanitizer_text(const std::string& word) {
  if (word == "asan") return "the address sanitizer";
  if (word == "tsan") return "the thread sanitizer";
  return "no sanitizer";
}

}  // namespace

std::vector<std::string> abi_differences(std::string_view tag) {
  const std::vector<std::string> theirs = split(tag), ours = split(host_abi());
  // Another SDK version may mean other fields: nothing behind it can be trusted.
  if (theirs[sdk] != ours[sdk] || theirs.size() != field_count)
    return {theirs[sdk] == ours[sdk] ? fmt::format("its ABI tag '{}' has {} fields, this host's has {}", tag,
                                                   theirs.size(), static_cast<std::size_t>(field_count))
                                     : fmt::format("built with version {} of the SDK, this is version {}",
                                                   behind(theirs[sdk], "sdk"), behind(ours[sdk], "sdk"))};
  std::vector<std::string> differences;
  const auto differs = [&](std::size_t field) { return theirs[field] != ours[field]; };
  if (differs(headers))
    differences.push_back(
        fmt::format("built against other headers of the SDK ({}, this has {}): build it again",
                    behind(theirs[headers], "headers"), behind(ours[headers], "headers")));
  if (differs(scalar))
    differences.push_back(fmt::format("built with scalar {}, this is {}", theirs[scalar], ours[scalar]));
  if (differs(string_abi))
    differences.push_back(fmt::format("built with _GLIBCXX_USE_CXX11_ABI={}, this has {}",
                                      behind(theirs[string_abi], "cxx11abi"),
                                      behind(ours[string_abi], "cxx11abi")));
  // clang keeps to GCC's ABI under a number that never changes.
  const auto is_clang = [](const std::string& field) { return field == "gxxabi1002"; };
  if (differs(compiler_abi) && !is_clang(theirs[compiler_abi]) && !is_clang(ours[compiler_abi]))
    differences.push_back(fmt::format("built for version {} of the compiler's ABI, this for {}",
                                      behind(theirs[compiler_abi], "gxxabi"),
                                      behind(ours[compiler_abi], "gxxabi")));
  if (differs(eigen_version))
    differences.push_back(fmt::format("built with Eigen {}, this with {}",
                                      behind(theirs[eigen_version], "eigen"),
                                      behind(ours[eigen_version], "eigen")));
  if (differs(eigen))
    differences.push_back(fmt::format(
        "built with Eigen's alignments (EIGEN_MAX_ALIGN_BYTES_EIGEN_MAX_STATIC_ALIGN_BYTES) {}, this has {}",
        behind(theirs[eigen], "align"), behind(ours[eigen], "align")));
  if (differs(containers))
    differences.push_back(fmt::format("built {} _GLIBCXX_DEBUG, this is {} it",
                                      theirs[containers] == "debug" ? "with" : "without",
                                      ours[containers] == "debug" ? "with" : "without"));
  if (differs(sanitizer))
    differences.push_back(fmt::format("built with {}, this with {}", sanitizer_text(theirs[sanitizer]),
                                      sanitizer_text(ours[sanitizer])));
  if (!processor_has(theirs[instructions]))
    differences.push_back(fmt::format("built for {}, which this processor lacks", theirs[instructions]));
  return differences;
}

}  // namespace descent
