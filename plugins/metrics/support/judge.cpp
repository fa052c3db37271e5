#include "judge.hpp"

#include <fmt/format.h>

#include <cmath>

#include "descent/base/checksum.hpp"
#include "descent/base/error.hpp"

namespace descent {

namespace {

bool is_file(const std::filesystem::path& path) {
  std::error_code none;
  return std::filesystem::is_regular_file(path, none);
}

bool has_range(const Field& field) {
  return field.low < field.high;
}

// But for the rounding of a transform.
bool same_range(const Field& a, const Field& b) {
  const double rounding = 1e-6 * (b.high - b.low);
  return std::abs(a.low - b.low) <= rounding && std::abs(a.high - b.high) <= rounding;
}

std::string range_text(const Field& field) {
  return fmt::format("[{:g}, {:g}]", field.low, field.high);
}

}  // namespace

void require_same_field(const RunReference& run, const std::string& seen, const Field& field) {
  const Field& theirs = find_field(run.run->fields(), seen);
  if (!(theirs.shape == field.shape))
    throw Error(fmt::format(
        "the model of the run '{}' looks at the field '{}' of the shape {}, but the field '{}' is {}",
        run.path.string(), theirs.name, theirs.shape.text(), field.name, field.shape.text()));
  if (has_range(theirs) && has_range(field) && !same_range(theirs, field))
    throw Error(
        fmt::format("the model of the run '{}' was trained on numbers in {}, its field '{}', but those of "
                    "'{}' lie in {}; "
                    "prepare both alike, as by 'transforms: [{{scale: {}}}]' in 'dataset'",
                    run.path.string(), range_text(theirs), theirs.name, field.name, range_text(field),
                    range_text(theirs)));
}

void require_file(const std::string& metric, const std::string& option, const std::filesystem::path& file) {
  if (!file.empty() && !is_file(file))
    throw Error(
        Diagnostic{{},
                   fmt::format("{}: '{}' is '{}', but there is no such file", metric, option, file.string()),
                   codes::unreadable,
                   option});
}

std::string run_note(const RunReference& run) {
  const std::filesystem::path checkpoint = run.path / "checkpoints" / "final.h5";
  if (!is_file(checkpoint)) return fmt::format("the run {}", run.path.string());
  return fmt::format("the run {}, SHA-256 of its final checkpoint {}", run.path.string(),
                     sha256_of_file(checkpoint));
}

std::string file_note(const std::filesystem::path& file) {
  if (!is_file(file)) return file.filename().string();
  return fmt::format("{}, SHA-256 {}", file.filename().string(), sha256_of_file(file));
}

}  // namespace descent
