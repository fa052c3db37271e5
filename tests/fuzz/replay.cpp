// Plays the inputs that fuzzing has left: `fuzz_replay CORPUS` each TARGET's files in CORPUS/TARGET, `fuzz_replay TARGET FILE…` those files.
#include "fuzz/replay.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "descent/base/file.hpp"

namespace fs = std::filesystem;
using descent::fuzz::Target;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool has_shadow_memory = true;
#else
constexpr bool has_shadow_memory = false;
#endif

// A reader that asks for far more than its file holds gets nothing, and ends the program with std::bad_alloc.
void limit_memory() {
  constexpr rlim_t most = rlim_t{6} << 30;
  const rlimit limit{most, most};
  if (!has_shadow_memory && setrlimit(RLIMIT_AS, &limit) != 0) std::perror("fuzz_replay: no limit of memory");
}

// The name comes first: it is the last line when an input ends the program.
void play(const Target& target, const fs::path& file) {
  constexpr unsigned most_seconds = 60;
  std::printf("%s %s\n", target.name, file.filename().c_str());
  std::fflush(stdout);
  alarm(most_seconds);
  // Of its own size, so that reading beyond its end is seen.
  const std::string bytes = descent::read_file(file);
  const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
  target.play(input.data(), input.size());
  alarm(0);
}

std::size_t play_corpus(const Target& target, const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) play(target, file);
  return files.size();
}

int play_all(const fs::path& corpus) {
  std::size_t count = 0;
  for (const Target& target : descent::fuzz::targets()) {
    if (!fs::is_directory(corpus / target.name)) {
      std::fprintf(stderr, "fuzz_replay: there is no corpus '%s'\n", (corpus / target.name).c_str());
      return 2;
    }
    const std::size_t played = play_corpus(target, corpus / target.name);
    if (played == 0) {
      std::fprintf(stderr, "fuzz_replay: the corpus '%s' is empty\n", (corpus / target.name).c_str());
      return 2;
    }
    count += played;
  }
  std::printf("%zu inputs of %zu targets\n", count, descent::fuzz::targets().size());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  limit_memory();
  if (argc == 2) return play_all(argv[1]);
  for (const Target& target : descent::fuzz::targets()) {
    if (argc < 3 || std::strcmp(argv[1], target.name) != 0) continue;
    for (int i = 2; i < argc; ++i) play(target, argv[i]);
    return 0;
  }
  std::fprintf(stderr, "Usage: fuzz_replay CORPUS | fuzz_replay TARGET FILE...\n");
  return 2;
}
