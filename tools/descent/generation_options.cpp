#include "generation_options.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "descent/archive/npz_file.hpp"
#include "descent/base/error.hpp"
#include "descent/base/file.hpp"
#include "descent/base/npy.hpp"
#include "descent/base/text.hpp"

namespace descent::program {

namespace fs = std::filesystem;

namespace {

/// `field=value`, or a value alone.
struct Words {
  std::string field, value;
};

Words words_of(const std::string& text) {
  const std::size_t equals = text.find('=');
  return equals == std::string::npos ? Words{"", text}
                                     : Words{text.substr(0, equals), text.substr(equals + 1)};
}

std::optional<std::int64_t> whole_number(const std::string& text) {
  const bool digits =
      !text.empty() && text.size() < 16 && text.find_first_not_of("0123456789") == std::string::npos;
  return digits ? std::optional<std::int64_t>(std::stoll(text)) : std::nullopt;
}

// Where among the model's conditions the field is that an option means: the one that is named, or the only one of its kind.
std::size_t place_of(const std::string& option, const Words& words, bool classes,
                     const train::Training& training) {
  const std::vector<const Field*> fields = training.condition_fields();
  const char* kind = classes ? "classes" : "numbers";
  std::vector<std::string> names;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if ((fields[i]->classes > 0) != classes) continue;
    names.push_back(fields[i]->name);
    places.push_back(i);
    if (fields[i]->name == words.field) return i;
  }
  const std::string model = training.experiment().model.plugin->title();
  if (names.empty()) throw Error(fmt::format("{}: {} has no condition of {}", option, model, kind));
  if (!words.field.empty())
    throw Error(fmt::format("{}: {} has no condition '{}' of {}{}; it has {}", option, model, words.field,
                            kind, suggestion(words.field, names), join(names)));
  if (names.size() > 1)
    throw Error(fmt::format("{}: {} has several conditions of {}: {}; say which, as in {} {}=…", option,
                            model, kind, join(names), option, names.front()));
  return places.front();
}

Tensor labels_of(const std::string& text) {
  std::vector<double> labels;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    const auto label = whole_number(text.substr(begin, comma - begin));
    if (!label)
      throw Error(fmt::format("--label {}: classes are whole numbers from 0 on, such as 3 or 3,5", text));
    labels.push_back(static_cast<double>(*label));
    begin = comma + 1;
  }
  return Tensor::of({static_cast<std::int64_t>(labels.size())}, labels);
}

ElementArray array_in(const fs::path& file, const std::string& field) {
  const std::string ending = file.extension().string();
  if (ending == ".npz") {
    const archive::NpzFile archive(file);
    const std::vector<std::string> names = archive.names();
    if (names.size() != 1 && !archive.has(field))
      throw Error(fmt::format("{} has several arrays and none is called '{}': {}", file.string(), field,
                              join(names)));
    return archive.array(archive.has(field) ? field : names.front());
  }
  if (ending != ".npy")
    throw Error(fmt::format("--condition {}: expects an array of numpy's, .npy or .npz", file.string()));
  const std::string bytes = read_file(file);
  std::size_t at = 0;
  try {
    return read_npy(bytes.size(), [&](std::byte* out, std::size_t count) {
      if (count > bytes.size() - at) throw NpyProblem("is cut short");
      std::memcpy(out, bytes.data() + at, count);
      at += count;
    });
  } catch (const NpyProblem& problem) {
    throw Error(fmt::format("{} {}", file.string(), problem.what()));
  }
}

train::PathEnd path_end(const std::string& text) {
  const std::size_t colon = text.find(':');
  const auto index = whole_number(colon == std::string::npos ? text : text.substr(colon + 1));
  if (index && colon == std::string::npos) return {std::nullopt, *index};
  for (const Split split : {Split::train, Split::test})
    if (index && text.substr(0, colon) == split_name(split)) return {split, *index};
  throw Error(
      fmt::format("--interpolate {}: an end is the number of a sample, such as 3, or of an example, such as "
                  "test:3 or train:3",
                  text));
}

}  // namespace

void add_generation_options(Command& command, GenerationOptions& options) {
  command.option(
      "--label CLASSES", options.labels,
      "only these classes, in turn: 3, or 3,5; of several conditions FIELD=3 (default: every class in turn)");
  command.option("--condition FILE", options.conditions,
                 "what to generate for where the condition is no class: a .npy or .npz array with a row for "
                 "each, which are "
                 "gone through in turn; of several conditions FIELD=FILE");
  command.option("--interpolate FROM TO", options.path,
                 "a path of COUNT points (default: 10) from one latent point to another: of samples, such as "
                 "3 17, or of "
                 "examples that the model encodes, such as test:3 test:17",
                 {.values = 2});
}

std::vector<Tensor> conditions_of(const GenerationOptions& options, const train::Training& training) {
  std::vector<Tensor> conditions(training.condition_fields().size());
  const auto set = [&](const std::string& option, std::size_t place, const Tensor& rows) {
    if (conditions[place].defined())
      throw Error(fmt::format("{}: the condition '{}' was set before", option,
                              training.condition_fields()[place]->name));
    conditions[place] = rows;
  };
  for (const std::string& text : options.labels) {
    const Words words = words_of(text);
    set("--label", place_of("--label", words, true, training), labels_of(words.value));
  }
  for (const std::string& text : options.conditions) {
    const Words words = words_of(text);
    const std::size_t place = place_of("--condition", words, false, training);
    const ElementArray array = array_in(words.value, training.condition_fields()[place]->name);
    set("--condition", place, Tensor::of(Shape(array.extents), array.numbers()));
  }
  return conditions;
}

std::pair<train::PathEnd, train::PathEnd> path_of(const GenerationOptions& options) {
  return {path_end(options.path.at(0)), path_end(options.path.at(1))};
}

std::int64_t class_columns(const std::vector<Tensor>& conditions, const train::Training& training,
                           std::int64_t count) {
  constexpr std::int64_t most = 20;  // a picture of more columns is a strip
  const std::vector<const Field*> fields = training.condition_fields();
  if (fields.size() != 1 || fields.front()->classes == 0) return 0;
  const std::int64_t classes =
      conditions.front().defined() ? conditions.front().shape()[0] : fields.front()->classes;
  if (classes < 2 || classes > most || classes > count) return 0;
  // Several columns of each where classes are few.
  const double side = std::sqrt(static_cast<double>(count)) / static_cast<double>(classes);
  return classes * std::max<std::int64_t>(std::llround(side), 1);
}

}  // namespace descent::program
