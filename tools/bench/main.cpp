#include <fmt/format.h>

#include <cstring>
#include <regex>

#include "chain_job.hpp"
#include "descent/base/error.hpp"
#include "descent/base/parallel.hpp"
#include "descent/kernels/gemm.hpp"
#include "summary.hpp"

namespace descent::bench {

namespace {

constexpr const char* usage = R"(Usage: descent_bench [--check] [Google Benchmark's options]

Measures Descent against hand-written loops for the same work, on one thread, and prints a table. What is compared is
measured in random alternation in one run, and told apart by medians. The exit code is 1 where a bound is missed.

  --check                  plays floors and Descent from the same start and compares losses and parameters; measures
                           nothing
  --benchmark_filter=vae   one job, or a group of them: training, images, elementwise, matrix, metrics
)";

// OpenMP, with which oneDNN threads, keeps its number of threads for each calling thread; gemm() sets it.
void use_one_thread() {
  set_threads(1);
  const Tensor one = Tensor::full({1, 1}, 1);
  Tensor out = Tensor::empty({1, 1});
  gemm(one, Transpose::no, one, Transpose::no, out);
}

void measure(const std::string& name, Job& job, void (Job::*work)()) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [&job, work](benchmark::State& state) {
                                 for (auto _ : state) {
                                   if (job.prepares()) {
                                     state.PauseTiming();
                                     job.prepare();
                                     state.ResumeTiming();
                                   }
                                   (job.*work)();
                                 }
                               })
      ->Unit(benchmark::kMicrosecond)
      ->MeasureProcessCPUTime()
      ->UseRealTime();
}

void measure(const std::string& group, Job& job) {
  const std::string name = group + "/" + job.name();
  if (job.has_floor()) {
    measure(name + "/floor", job, &Job::floor_step);
    measure(name + "/gemms", job, &Job::gemms);
  }
  measure(name + "/bandwidth", job, &Job::bandwidth);
  measure(name + "/descent", job, &Job::descent_step);
}

bool run(int argc, char** argv) {
  std::string defaults[] = {"--benchmark_min_time=0.1", "--benchmark_repetitions=15",
                            "--benchmark_enable_random_interleaving=true",
                            "--benchmark_display_aggregates_only=true"};
  std::vector<char*> arguments = {argv[0]};
  for (std::string& argument : defaults) arguments.push_back(argument.data());
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) throw Error(usage);

  const std::pair<const char*, JobMakers> groups[] = {
      {"training", {make_vae_job, make_gan_job, make_adam_job}},
      {"images", {make_conv_vae_job, make_dcgan_job, make_wgan_gp_critic_job}},
      {"elementwise", elementwise_jobs()},
      {"matrix", matrix_jobs()},
      {"metrics", metric_jobs()}};
  const std::regex wanted(benchmark::GetBenchmarkFilter().empty() ? "." : benchmark::GetBenchmarkFilter());
  SummaryReporter reporter;
  for (const auto& [group, makers] : groups) {
    for (const auto& make : makers) {
      // One job at a time: all of them together would take many gigabytes.
      const std::unique_ptr<Job> job = make();
      if (!std::regex_search(group + std::string("/") + job->name() + "/descent", wanted)) continue;
      reporter.add(group, *job);
      measure(group, *job);
      benchmark::RunSpecifiedBenchmarks(&reporter);
      benchmark::ClearRegisteredBenchmarks();
    }
  }
  fmt::print("\n{}\n", gemm_library());
  return reporter.print_summary();
}

void check() {
  for (const auto make : {make_vae_job, make_gan_job, make_adam_job}) fmt::print("{}\n", make()->check());
}

}  // namespace

}  // namespace descent::bench

int main(int argc, char** argv) {
  using namespace descent::bench;
  if (argc == 2 && (std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "-h") == 0)) {
    fmt::print("{}", usage);
    return 0;
  }
  try {
    use_one_thread();
    if (argc != 2 || std::strcmp(argv[1], "--check") != 0) return run(argc, argv) ? 0 : 1;
    check();
    return 0;
  } catch (const std::exception& failure) {
    fmt::print(stderr, "descent_bench: {}\n", failure.what());
    return 2;
  }
}
