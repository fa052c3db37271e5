#include <fmt/core.h>

#include <cmath>
#include <memory>

#include "command.hpp"
#include "descent/analysis/npz_writer.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/base/error.hpp"
#include "descent/plugin/registry.hpp"
#include "descent/run/trained_run.hpp"
#include "descent/runlog/detail/array_file.hpp"
#include "sample_picture.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  fs::path location, output;
  std::string checkpoint = "final";
  std::int64_t count = 64;
  std::uint64_t seed = 0;
  std::vector<std::string> plugin_path;
};

/// What is generated, and how it is written.
struct Request {
  run::RestoredRun& run;
  const Field& field;
  const Arguments& arguments;
  std::string checkpoint;  ///< as attributes and titles call it
};

std::vector<std::int64_t> extents_of(const Request& request) {
  const Samples samples = samples_of(request.field);
  std::vector<std::int64_t> extents = {request.arguments.count};
  for (const std::int64_t extent : samples.shape.extents()) extents.push_back(extent);
  return extents;
}

void generate(const Request& request, std::vector<std::int64_t>& labels,
              const std::function<void(std::span<const Scalar>)>& write) {
  const Arguments& arguments = request.arguments;
  request.run.training().generate(arguments.count, arguments.seed,
                                  [&](const Tensor& samples, const Tensor& classes) {
                                    write(samples.values());
                                    if (!classes.defined()) return;
                                    for (const Scalar label : classes.values())
                                      labels.push_back(std::llround(label));
                                  });
}

void write_h5(const Request& request) {
  Value attributes = Value::map();
  attributes.set("run", Value::of(request.arguments.location.string()));
  attributes.set("checkpoint", Value::of(request.checkpoint));
  attributes.set("step", Value::of(request.run.training().step()));
  attributes.set("seed", Value::of(static_cast<std::int64_t>(request.arguments.seed)));
  runlog::ArrayFile file(request.arguments.output);
  file.begin(request.field.name, extents_of(request), attributes);
  std::vector<std::int64_t> labels;
  generate(request, labels, [&](std::span<const Scalar> values) { file.write(values); });
  if (!labels.empty()) file.integers("condition", labels);
  file.finish();
}

void write_npz(const Request& request) {
  analysis::NpzWriter file(request.arguments.output);
  file.begin(request.field.name,
             sizeof(Scalar) == sizeof(float) ? analysis::NpyType::float32 : analysis::NpyType::float64,
             extents_of(request));
  std::vector<std::int64_t> labels;
  generate(request, labels, [&](std::span<const Scalar> values) {
    const std::vector<double> numbers(values.begin(), values.end());
    file.write(std::span<const double>(numbers));
  });
  if (!labels.empty()) {
    file.begin("condition", analysis::NpyType::int64, {static_cast<std::int64_t>(labels.size())});
    file.write(std::span<const std::int64_t>(labels));
  }
  file.finish();
}

void write_figure(const Request& request) {
  Samples samples = samples_of(request.field);
  std::vector<std::int64_t> labels;
  generate(request, labels, [&](std::span<const Scalar> values) {
    samples.values.insert(samples.values.end(), values.begin(), values.end());
  });
  const experiment::Experiment& experiment = request.run.experiment();
  write_picture(samples, request.field.name,
                fmt::format("{}, step {}, {} generated", experiment.name, request.run.training().step(),
                            request.arguments.count),
                request.arguments.output);
}

using Writer = void (*)(const Request&);

// Before anything is loaded: a wrong ending should not cost a minute.
Writer writer_of(const fs::path& output) {
  const std::string ending = output.extension().string();
  if (ending == ".h5" || ending == ".hdf5") return write_h5;
  if (ending == ".npz") return write_npz;
  if (ending == ".png" || ending == ".svg" || ending == ".pdf") return write_figure;
  throw Error(
      fmt::format("'{}': the file's ending says what is written: .h5 or .npz for the numbers, .png for a "
                  "picture (of points .svg and .pdf too)",
                  output.string()));
}

int generate_samples(const Arguments& arguments) {
  const Writer write = writer_of(arguments.output);
  const fs::path directory = analysis::run_at(arguments.location);
  const fs::path checkpoint = run::find_checkpoint(directory, arguments.checkpoint);
  Registry registry = make_registry(arguments.plugin_path);
  run::RestoredRun run(directory, checkpoint, registry);
  const Field* field = run.training().sample_field();
  if (field == nullptr)
    throw Error(
        fmt::format("'{}' trained {}, which generates nothing: that do latent variable models (vae) and "
                    "adversarial ones (gan)",
                    directory.string(), run.experiment().model.plugin->title()));
  if (write == write_figure && !has_picture(samples_of(*field)))
    throw Error(
        fmt::format("'{}' has no picture: it is neither an image nor a point of the plane; write an .h5 "
                    "or .npz",
                    field->name));
  write({run, *field, arguments, checkpoint.filename().string()});
  fmt::print("{}: {} of '{}' from {} (step {}), seed {}\n", arguments.output.string(), arguments.count,
             field->name, checkpoint.filename().string(), run.training().step(), arguments.seed);
  return exit_done;
}

}  // namespace

void add_generate(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command = program.command("generate", "Make new data with a trained model");
  command.argument("RUN", arguments->location, "the run's directory");
  command.option("-o,--output FILE", arguments->output, "where to: .h5, .npz, .png; points .svg and .pdf too",
                 {.required = true});
  command.option("-n,--count N", arguments->count, "how many (default: 64)", {.positive = true});
  command.option("--seed S", arguments->seed, "what the noise is drawn from (default: 0)",
                 {.not_negative = true});
  command.option("--checkpoint WHICH", arguments->checkpoint,
                 "which state: final (default), best, step_N, or a checkpoint's file");
  add_plugin_path(command, arguments->plugin_path);
  command.footer(
      R"(The model generates at the run's evaluation point (of ema, schedule_free and the like: the averaged values), in
evaluation mode. The same seed gives the same data; the noise is none that the run itself drew, and the first of more are
the same. A VAE gives the mean of its likelihood. A conditional model goes through the classes in turn.

  .h5   a dataset called like the field (image, point), one example to a row, with the attributes run, checkpoint,
        step and seed; of a conditional model also 'condition', the classes
  .npz  the same arrays for numpy
  .png  a grid of images, or a scatter plot of points

Examples:
  descent generate runs/gan_ring/seed=1 -n 10000 --seed 7 -o points.h5
  descent generate runs/vae_glyphs/seed=1 -o digits.png
  descent generate runs/vae_glyphs/seed=1 --checkpoint best -n 50000 -o digits.npz)");
  command.action([arguments] { return generate_samples(*arguments); });
}

}  // namespace descent::program
