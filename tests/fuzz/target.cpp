#include "fuzz/target.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "descent/plugin/dataset.hpp"
#include "descent/plugin/registry.hpp"

namespace descent::fuzz {

std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

std::vector<std::string_view> parts_of(std::string_view text, std::size_t count) {
  constexpr char separator = '\x1e';
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < count) {
    const std::size_t end = text.find(separator);
    if (end == std::string_view::npos) break;
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  parts.push_back(text);
  return parts;
}

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz target: it does not hold that %s\n", what);
  std::abort();
}

std::filesystem::path Files::write(const std::string& name, std::string_view bytes) {
  const std::filesystem::path file = folder() / name;
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  require(static_cast<bool>(stream), "there is room for the target's files");
  return file;
}

void Files::remove(const std::string& name) {
  std::filesystem::remove_all(folder() / name);
}

void Files::clear() {
  for (const auto& entry : std::filesystem::directory_iterator(folder()))
    std::filesystem::remove_all(entry.path());
}

// Where a tensor of a batch would be larger than any small file can fill, an example is not read.
static bool is_small(const Fields& fields) {
  constexpr std::int64_t most_numbers = 1 << 22;
  return std::all_of(fields.begin(), fields.end(),
                     [](const Field& field) { return field.shape.size() <= most_numbers; });
}

void read_dataset(const std::string& name, const Value& options) {
  static Registry registry;
  const LoadedPlugin& plugin = registry.load(
      PluginKind::dataset, std::string(DESCENT_BINARY_DIR) + "/lib/descent/plugins/dataset_" + name + ".so");
  Diagnostics diagnostics;
  const auto dataset = plugin.create<Dataset>(options, diagnostics);
  diagnostics.throw_if_any();
  dataset->open();
  const Fields fields = dataset->fields();
  if (!is_small(fields)) return;
  Batch batch(fields, 2);
  for (const Split split : {Split::train, Split::test}) {
    const std::int64_t size = dataset->size(split).value_or(0);
    require(size >= 0, "a split has no negative number of examples");
    if (size == 0) continue;
    const std::int64_t examples[] = {0, size - 1};
    batch.resize(2);
    dataset->fill(split, examples, batch);
  }
}

}  // namespace descent::fuzz
