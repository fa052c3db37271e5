// A checkpoint: everything that its reader hands out.
#include "descent/runlog/checkpoint.hpp"

#include "fuzz/hdf5_file.hpp"

using namespace descent;

static void make_checkpoint(const std::filesystem::path& file) {
  runlog::CheckpointWriter checkpoint(file);
  const std::vector<Scalar> values = {1, 2, 3, 4, 5, 6};
  checkpoint.tensor("values/generator.0.weight", Shape{2, 3}, values);
  checkpoint.tensor("slots/adam.first_moment/generator.0.weight", Shape{6}, values);
  checkpoint.numbers("numbers", std::vector<double>{0.5, 1e300});
  checkpoint.integers("step", std::vector<std::int64_t>{1000});
  checkpoint.text("run_id", "bowl-7f3a");
  checkpoint.commit();
}

static void read_checkpoint(const std::filesystem::path& file) {
  constexpr std::int64_t most_numbers = 1 << 20;
  const runlog::CheckpointReader checkpoint(file);
  for (const std::string& name : checkpoint.names()) {
    fuzz::reads([&] { checkpoint.numbers(name); });
    fuzz::reads([&] { checkpoint.integers(name); });
    fuzz::reads([&] { checkpoint.text(name); });
    fuzz::reads([&] {
      const Shape shape = checkpoint.shape(name);
      if (shape.size() > most_numbers) return;
      std::vector<Scalar> values(static_cast<std::size_t>(shape.size()));
      checkpoint.tensor(name, shape, values);
    });
  }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  if (!fuzz::write_hdf5(files, "checkpoint.h5", data, size, make_checkpoint)) return 0;
  const auto file = files.folder() / "checkpoint.h5";
  fuzz::reads([&] { read_checkpoint(file); });
  fuzz::reads([&] { const runlog::CheckpointReader checkpoint(file, runlog::CheckpointSchemas::all); });
  return 0;
}
