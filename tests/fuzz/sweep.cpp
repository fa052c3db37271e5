// A frozen sweep: sweep.yaml, runs.jsonl, and the journal of successive halving.
#include "descent/runlog/run_files.hpp"
#include "descent/sweep/halving.hpp"
#include "descent/sweep/sweep_files.hpp"
#include "descent/sweep/sweep_results.hpp"
#include "fuzz/target.hpp"

using namespace descent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  const auto parts = fuzz::parts_of(fuzz::text_of(data, size), 3);
  files.write(sweep::files::frame, parts[0]);
  files.write(sweep::files::runs, parts.size() > 1 ? parts[1] : "");
  files.remove(sweep::files::journal);
  if (parts.size() > 2) files.write(sweep::files::journal, parts[2]);
  fuzz::reads([&] {
    const sweep::FrozenSweep frozen = sweep::read_sweep(files.folder());
    fuzz::reads([&] { sweep::options_of(frozen); });
    fuzz::reads([&] { sweep::read_results(frozen); });
    if (frozen.spec.method == sweep::SweepSpec::Method::halving)
      fuzz::reads([&] { sweep::Halving halving(frozen); });
  });
  return 0;
}
