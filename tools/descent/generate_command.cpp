#include <fmt/core.h>

#include <cmath>
#include <memory>
#include <optional>

#include "command.hpp"
#include "descent/analysis/npz_writer.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "descent/plugin/registry.hpp"
#include "descent/run/trained_run.hpp"
#include "descent/runlog/detail/array_file.hpp"
#include "descent/sweep/sweep_folder.hpp"
#include "generation_options.hpp"
#include "output.hpp"
#include "run_argument.hpp"
#include "sample_picture.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  fs::path location, output;
  std::string checkpoint = "final", field, show = "mean";
  std::optional<std::int64_t> count;
  std::uint64_t seed = 0;
  std::vector<std::string> plugin_path;
  FigureOptions look;
  GenerationOptions what;
  run::ChangedPlugins changed_plugins = run::ChangedPlugins::refused;

  std::int64_t number() const { return count.value_or(what.is_path() ? 10 : 64); }
};

/// What is generated, and how it is written.
struct Request {
  run::RestoredRun& run;
  const Field& pictured;  ///< the field that a picture shows
  const Arguments& arguments;
  std::string checkpoint;  ///< as attributes and titles call it
  train::Generation what;
};

/// A generated array: a field, or the condition that the fields were made for.
struct Array {
  std::string name;
  const Field* field;
  bool is_condition;
  std::size_t index;  ///< among its like
};

std::vector<Array> arrays_of(const Request& request) {
  std::vector<Array> arrays;
  const auto fields = request.run.training().sample_fields(),
             conditions = request.run.training().condition_fields();
  for (std::size_t i = 0; i < fields.size(); ++i) arrays.push_back({fields[i]->name, fields[i], false, i});
  for (std::size_t i = 0; i < conditions.size(); ++i)
    arrays.push_back(
        {conditions.size() == 1 ? "condition" : "condition_" + conditions[i]->name, conditions[i], true, i});
  return arrays;
}

bool is_labels(const Array& array) {
  return array.is_condition && array.field->classes > 0;
}

std::vector<std::int64_t> extents_of(const Request& request, const Array& array) {
  std::vector<std::int64_t> extents = {request.arguments.number()};
  const Shape shape = samples_of(*array.field).shape;
  for (const std::int64_t extent : shape.extents()) extents.push_back(extent);
  return extents;
}

// Generates everything and writes one array of it: what is generated follows from the seed, and may be larger than the
// memory.
void generate(const Request& request, const Array& array,
              const std::function<void(std::span<const Scalar>)>& write) {
  const Arguments& arguments = request.arguments;
  train::Training& training = request.run.training();
  const auto take = [&](const std::vector<Tensor>& samples, const std::vector<Tensor>& conditions) {
    write((array.is_condition ? conditions : samples)[array.index].values());
  };
  if (!arguments.what.is_path()) return training.generate(arguments.number(), request.what, take);
  const auto [from, to] = path_of(arguments.what);
  training.interpolate(arguments.number(), from, to, request.what, take);
}

std::vector<std::int64_t> labels_of(const Request& request, const Array& array) {
  std::vector<std::int64_t> labels;
  generate(request, array, [&](std::span<const Scalar> values) {
    for (const Scalar label : values) labels.push_back(std::llround(label));
  });
  return labels;
}

void write_h5(const Request& request) {
  Value attributes = Value::map();
  attributes.set("run", Value::of(request.arguments.location.string()));
  attributes.set("checkpoint", Value::of(request.checkpoint));
  attributes.set("step", Value::of(request.run.training().step()));
  attributes.set("seed", Value::of(static_cast<std::int64_t>(request.arguments.seed)));
  runlog::ArrayFile file(request.arguments.output);
  for (const Array& array : arrays_of(request)) {
    if (is_labels(array)) {
      file.integers(array.name, labels_of(request, array));
      continue;
    }
    file.begin(array.name, extents_of(request, array), attributes);
    generate(request, array, [&](std::span<const Scalar> values) { file.write(values); });
  }
  file.finish();
}

void write_npz(const Request& request) {
  using analysis::NpyType;
  analysis::NpzWriter file(request.arguments.output);
  for (const Array& array : arrays_of(request)) {
    if (is_labels(array)) {
      const std::vector<std::int64_t> labels = labels_of(request, array);
      file.begin(array.name, NpyType::int64, {static_cast<std::int64_t>(labels.size())});
      file.write(std::span<const std::int64_t>(labels));
      continue;
    }
    file.begin(array.name, sizeof(Scalar) == sizeof(float) ? NpyType::float32 : NpyType::float64,
               extents_of(request, array));
    generate(request, array, [&](std::span<const Scalar> values) {
      const std::vector<double> numbers(values.begin(), values.end());
      file.write(std::span<const double>(numbers));
    });
  }
  file.finish();
}

// A path is a row, unless it would be too long, and classes have columns.
std::int64_t columns_of(const Request& request) {
  constexpr std::int64_t longest_row = 20;
  const std::int64_t count = request.arguments.number();
  if (request.arguments.what.is_path()) return count <= longest_row ? count : 0;
  return class_columns(request.what.conditions, request.run.training(), count);
}

void write_figure(const Request& request) {
  Samples samples = samples_of(request.pictured);
  for (const Array& array : arrays_of(request))
    if (array.field == &request.pictured && !array.is_condition)
      generate(request, array, [&](std::span<const Scalar> values) {
        samples.values.insert(samples.values.end(), values.begin(), values.end());
      });
  samples.columns = columns_of(request);
  for (const Array& array : arrays_of(request))
    if (!samples.image && is_labels(array) && samples.classes.empty()) {
      samples.classes = labels_of(request, array);
      samples.class_name = array.field->name;
    }
  const experiment::Experiment& experiment = request.run.experiment();
  write_picture(samples, request.pictured.name,
                fmt::format("{}, step {}, {} generated", experiment.name, request.run.training().step(),
                            request.arguments.number()),
                request.arguments.look, request.arguments.output);
}

using Writer = void (*)(const Request&);

// Before anything is loaded: a wrong ending should not cost a minute.
Writer writer_of(const fs::path& output) {
  const std::string ending = output.extension().string();
  if (ending == ".h5" || ending == ".hdf5") return write_h5;
  if (ending == ".npz") return write_npz;
  if (ending == ".png" || ending == ".svg" || ending == ".pdf") return write_figure;
  throw Error(
      fmt::format("'{}': the file's ending says what is written: .h5 or .npz for the numbers, .png, .svg or "
                  ".pdf for a picture",
                  output.string()));
}

std::string made_by(const run::RestoredRun& run) {
  std::vector<std::string> names;
  for (const Field* field : run.training().sample_fields()) names.push_back(field->name);
  return join(names, "', '");
}

// The field that --field names, or else the first one that has a picture, or else the first.
const Field& pictured_field(const run::RestoredRun& run, const fs::path& directory,
                            const Arguments& arguments) {
  const std::vector<const Field*> fields = run.training().sample_fields();
  if (fields.empty())
    throw Error(fmt::format(
        "'{}' trained {}, which generates nothing: it does not play the role Generative, as vae and gan do",
        directory.string(), run.experiment().model.plugin->title()));
  std::vector<std::string> names;
  for (const Field* field : fields) {
    names.push_back(field->name);
    if (field->name == arguments.field) return *field;
  }
  if (!arguments.field.empty())
    throw Error(fmt::format("{} does not generate '{}'{}; it generates {}",
                            run.experiment().model.plugin->title(), arguments.field,
                            suggestion(arguments.field, names), join(names)));
  for (const Field* field : fields)
    if (has_picture(samples_of(*field))) return *field;
  return *fields.front();
}

int generate_samples(const Arguments& arguments) {
  sweep::require_replaceable(arguments.output);
  const Writer write = writer_of(arguments.output);
  if (write != write_figure && any_said(arguments.look))
    throw Error(fmt::format("'{}' holds numbers: titles, labels, limits and sizes are of pictures",
                            arguments.output.string()));
  const fs::path directory = analysis::run_at(arguments.location);
  const fs::path checkpoint = run::find_checkpoint(directory, arguments.checkpoint);
  Registry registry = make_registry(arguments.plugin_path);
  run::RestoredRun run(directory, checkpoint, registry, {}, arguments.changed_plugins);
  const Field& field = pictured_field(run, directory, arguments);
  if (arguments.what.is_path() && (arguments.number() < 2 || arguments.number() > 256))
    throw Error(fmt::format("--count {}: a path has from 2 to 256 points", arguments.number()));
  const train::Generation what{.seed = arguments.seed,
                               .show = arguments.show == "sample" ? Show::sample : Show::mean,
                               .conditions = conditions_of(arguments.what, run.training())};
  if (write == write_figure && !has_picture(samples_of(field)))
    throw Error(
        fmt::format("'{}' has no picture: it is neither an image nor a point of the plane; write an .h5 "
                    "or .npz",
                    field.name));
  write({run, field, arguments, checkpoint.filename().string(), what});
  print("{}: {} of '{}' from {} (step {}), seed {}\n", arguments.output.string(), arguments.number(),
        made_by(run), checkpoint.filename().string(), run.training().step(), arguments.seed);
  return exit_done;
}

}  // namespace

void add_generate(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command = program.command("generate", "Make new data with a trained model");
  command.argument("RUN", arguments->location, "the run's directory");
  command.option("-o,--output FILE", arguments->output, "where to: .h5, .npz, or a picture: .png, .svg, .pdf",
                 {.required = true});
  command.option("-n,--count N", arguments->count, "how many (default: 64, of a path 10)",
                 {.positive = true});
  command.option("--seed S", arguments->seed, "what the noise is drawn from (default: 0)",
                 {.not_negative = true});
  command.option("--checkpoint WHICH", arguments->checkpoint,
                 "which state: final (default), best, step_N, or a checkpoint's file");
  command.option(
      "--field NAME", arguments->field,
      "the field that a picture shows, where the model makes several (default: the first that has one)");
  command.option("--show WHAT", arguments->show,
                 "the mean of each distribution, or a sample of it (default: mean)",
                 {.one_of = {"mean", "sample"}});
  add_figure_options(command, arguments->look, false);
  add_generation_options(command, arguments->what);
  add_plugin_path(command, arguments->plugin_path);
  add_changed_plugins(command, arguments->changed_plugins);
  command.footer(
      R"(The model generates at the run's evaluation point (of ema, schedule_free and the like: the averaged values), in
evaluation mode. The same seed gives the same data; the noise is none that the run itself drew, and the first of more are
the same. A VAE gives the mean of p(x | z), or a sample of it with --show sample. A conditional model goes through the
classes in turn, or through those of --label; conditions that are no classes are rows of the training data, or of
--condition. A grid of images then has a column for each class, and points have the colors of their classes.

--interpolate goes from one latent point to another in equal steps, both ends included. Samples are counted as the same
command without it makes them, from 0 on; between them the path is a great circle, whose points have the norms of draws
(White, Sampling Generative Networks, 2016). Between examples, as between test:3 and test:17, it is a straight line from
code to code. All points of a path have the condition of its first end.

  .h5   a dataset for each field that the model makes (image, point), one example to a row, with the attributes run,
        checkpoint, step and seed; of a conditional model also 'condition', or 'condition_FIELD' where there are several
  .npz  the same arrays for numpy
  .png  a grid of images, or a scatter plot of points; so are .svg and .pdf. A PNG of images is their own pixels and nothing
        else, unless a title, a size or the like is asked for

Examples:
  descent generate runs/gan_ring/seed=1 -n 10000 --seed 7 -o points.h5
  descent generate runs/vae_glyphs/seed=1 -o digits.png
  descent generate runs/vae_glyphs/seed=1 --interpolate test:3 test:17 -o path.png
  descent generate runs/cgan_glyphs/seed=1 --label 3,5 -n 20 -o digits_3_and_5.png
  descent generate runs/vae_glyphs/seed=1 --checkpoint best -n 50000 -o digits.npz)");
  command.action([arguments] { return generate_samples(*arguments); });
}

}  // namespace descent::program
