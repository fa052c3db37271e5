#include <fmt/core.h>

#include <malloc.h>

#include <clocale>
#include <csignal>
#include <cstdio>
#include <new>

#include "command.hpp"
#include "crash_report.hpp"
#include "descent/base/build_info.hpp"
#include "descent/base/error.hpp"
#include "descent/base/exception_text.hpp"
#include "heap_counter.hpp"
#include "output.hpp"
#include "terminal.hpp"

namespace descent::program {
namespace {

constexpr char introduction[] =
    "Stochastic gradient optimization of generative models, by experiment files and plugins";

constexpr char examples[] = R"(A first hour:
  descent run experiments/gan_ring.yaml          train an experiment; again, and it shows what it found
  descent run experiments/gan_ring.yaml seed=2   the same with another seed: any value can be changed like this
  descent resume runs/gan_ring/seed=1            go on with a run that was stopped or killed
  descent sweep experiments/gan_ring.yaml trainer.batch_size=64,128 --seeds 3   every run of a grid
  descent check experiments/gan_ring.yaml        every value of an experiment, defaults included
  descent plugins                                the plugins there are, by kind
  descent plugins optimizer adam                 the manual page of one of them
  descent new optimizer lion                     a folder with a new plugin, ready to build and run
  descent test-plugin ./build/optimizer_lion.so  whether a plugin keeps to what its kind promises
  descent status                                 how far every run is, in the folder runs
  descent show runs/gan_ring/seed=1              what one run found, and how it was made
  descent compare runs/gan_ring                  its settings side by side, as means over seeds
  descent diff runs/a/seed=1 runs/b/seed=1       in what two runs differ
  descent export runs/gan_ring/seed=1 --csv      its metrics for other programs; tensors too, with --npz
  descent watch runs/gan_ring/seed=1             its last values, live, while it trains
  descent plot runs/gan_ring --metric modes      curves of runs, in the terminal or in a file
  descent samples runs/gan_ring/seed=1 -o a.png  what its model generated, as a picture
  descent generate runs/gan_ring/seed=1 -o x.h5  new data from its model
  descent evaluate runs/gan_ring/seed=1 objective  any metric, measured on it now
  descent verify runs/gan_ring/seed=1            whether all that a run has written is whole
  descent pack runs/gan_ring/seed=1              its log, smaller
  descent doctor                                 what this program was built with, and where it looks for plugins

'descent COMMAND --help' says more of each command.
Exit codes: 0 done, 1 it went wrong, 2 the input was wrong, 130 stopped by Ctrl-C, 141 nobody reads the output any more.)";

/// `descent 0.2.0-dev (commit 1a2b3c4d5e6f, changed; float, GNU 12.2.0, Release)`
std::string version_text() {
  const BuildInfo& info = build_info();
  std::string commit;
  if (*info.git_commit != '\0')
    commit = fmt::format("commit {:.12}{}; ", info.git_commit, info.git_dirty ? ", changed" : "");
  return fmt::format("descent {} ({}{}, {}, {})", info.version, commit, info.scalar, info.compiler,
                     info.build_type);
}

// In the order in which --help shows them.
// clang-format off
constexpr void (*commands[])(CommandLine&) = {
    add_run,
    add_resume,
    add_sweep,
    add_check,
    add_plugins,
    add_status,
    add_show,
    add_watch,
    add_compare,
    add_collect,
    add_diff,
    add_plot,
    add_samples,
    add_generate,
    add_fit_sampler,
    add_evaluate,
    add_export,
    add_verify,
    add_pack,
    add_new,
    add_test_plugin,
    add_doctor,
    add_record_crash,
};
// clang-format on

int act(int argc, char** argv) {
  CommandLine program(argc, argv, {introduction, version_text(), examples});
  for (const auto add : commands) add(program);
  return program.act();
}

void report(const std::string& message) {
  const Terminal terminal = terminal_of(stderr);
  print(stderr, "{} {}\n", terminal.red("error:"), message);
}

/// Whatever is wrong, also with telling it, becomes an exit code.
int failed(int code, const std::string& message) {
  try {
    report(message);
  } catch (...) {  // there is no memory left for the words
    put_raw(stderr, "error: out of memory\n");
  }
  return code;
}

int guarded_main(int argc, char** argv) {
  try {
    const int code = act(argc, argv);
    flush(stdout);
    return code;
  } catch (const Error& error) {
    return failed(exit_input, error.what());
  } catch (const OutputError& error) {
    return error.nobody_reads() ? exit_signal + SIGPIPE : failed(exit_failed, error.what());
  } catch (const std::bad_alloc&) {
    return failed(exit_failed, "out of memory (bad_alloc)");
  } catch (const std::exception& error) {
    return failed(is_about_a_path(error) ? exit_input : exit_failed, exception_text(error));
  }
}

}  // namespace
}  // namespace descent::program

int main(int argc, char** argv) {
  descent::program::open_standard_descriptors();
  descent::program::survive_failed_writes();
  descent::program::report_crashes();
  // HDF5 takes half a MiB for every file that it opens: kept for the next one, the system need not clear it
  // again.
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  descent::program::reserve_memory();
  std::setlocale(LC_CTYPE, "");  // only to learn whether the terminal reads UTF-8
  return descent::program::guarded_main(argc, argv);
}
