// A frozen sweep: sweep.yaml, runs.jsonl, and the journal of successive halving or a search. Their checksums are put right first.
#include <fmt/format.h>

#include <fstream>

#include "descent/base/checksum.hpp"
#include "descent/base/checksum_line.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/sweep/halving.hpp"
#include "descent/sweep/search_journal.hpp"
#include "descent/sweep/sweep_files.hpp"
#include "descent/sweep/sweep_results.hpp"
#include "fuzz/target.hpp"

using namespace descent;

static std::string sealed_line(std::string_view line) {
  const std::size_t mark = line.rfind(", \"checksum\"");
  if (mark == std::string_view::npos) return std::string(line);
  const std::string_view before = line.substr(0, mark);
  return fmt::format("{}, \"checksum\": \"{:08x}\"}}", before, crc32c(std::as_bytes(std::span(before))));
}

static std::string sealed_frame(std::string_view text) {
  const std::size_t mark = text.find("# crc32c ");
  if (mark == std::string_view::npos) return std::string(text);
  return with_checksum_line(std::string(text.substr(0, mark)));
}

static std::string sealed(std::string_view text) {
  std::string lines;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    lines += sealed_line(text.substr(0, end)) + '\n';
    text.remove_prefix(end + 1);
  }
  return lines + std::string(text);
}

// What successive halving wants to know of its runs: how many steps they have.
static void make_runs(const sweep::FrozenSweep& frozen) {
  constexpr std::size_t most_runs = 8;
  for (std::size_t run = 0; run < std::min(frozen.runs.size(), most_runs); ++run) {
    std::error_code none;  // a name may be one that no folder can have
    std::filesystem::create_directories(frozen.directory_of(run), none);
    std::ofstream(frozen.directory_of(run) / runlog::files::experiment) << "trainer: {steps: 20}\n";
  }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  const auto parts = fuzz::parts_of(fuzz::text_of(data, size), 3);
  files.clear();
  files.write(sweep::files::frame, sealed_frame(parts[0]));
  files.write(sweep::files::runs, parts.size() > 1 ? sealed(parts[1]) : "");
  if (parts.size() > 2) files.write(sweep::files::journal, sealed(parts[2]));
  fuzz::reads([&] {
    const sweep::FrozenSweep frozen = sweep::read_sweep(files.folder());
    fuzz::reads([&] { sweep::options_of(frozen); });
    fuzz::reads([&] { sweep::read_results(frozen); });
    if (is_search(frozen.spec.method)) {
      const sweep::SearchSpace space(frozen.spec);
      const std::string identity = sweep::search_identity(frozen.spec, frozen.base_hash);
      fuzz::reads([&] { sweep::read_rounds(frozen, space, identity); });
    }
    if (frozen.spec.method != sweep::SweepSpec::Method::halving) return;
    make_runs(frozen);
    fuzz::reads([&] { const sweep::Halving halving(frozen); });
  });
  return 0;
}
