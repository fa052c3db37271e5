#include "descent/experiment/data_files.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "support/experiment_text.hpp"

using Catch::Matchers::Contains;
using descent::testing::error_of;
using descent::testing::ScratchFolder;

namespace {

/// What is said of a name that an experiment in this folder gives.
std::string hint(const ScratchFolder& folder, const std::string& name) {
  const descent::SourceLocation place{(folder.path / "a.yaml").string(), 1, 10};
  return descent::experiment::data_file_hint(descent::testing::test_registry(), name, place)
      .value_or("nothing");
}

}  // namespace

TEST_CASE("a file of data in a plugin's place is told which data set reads it, with the line to write") {
  const ScratchFolder folder;
  for (const char* name :
       {"a.npy", "a.npz", "a.csv", "b.tsv.gz", "c.h5", "c.hdf5", "d.bin", "experiment.yaml"})
    folder.write(name, "x");
  std::filesystem::create_directories(folder.path / "pictures/cats");
  folder.write("pictures/cats/1.PNG", "x");
  std::filesystem::create_directories(folder.path / "mnist");
  folder.write("mnist/train-images-idx3-ubyte.gz", "x");
  std::filesystem::create_directories(folder.path / "cifar");
  folder.write("cifar/data_batch_1.bin", "x");

  CHECK(hint(folder, "./a.npy") ==
        "'./a.npy' is a file of data, not a plugin; the data set 'npy' reads it: dataset: {plugin: npy, "
        "path: ./a.npy}");
  CHECK_THAT(hint(folder, "a.npz"), Contains("dataset: {plugin: npz, path: a.npz}"));
  CHECK_THAT(hint(folder, "a.csv"), Contains("dataset: {plugin: csv, path: a.csv}"));
  CHECK_THAT(hint(folder, "./b.tsv.gz"), Contains("dataset: {plugin: csv, path: ./b.tsv.gz}"));
  CHECK_THAT(hint(folder, "c.h5"), Contains("{plugin: hdf5, path: c.h5}"));
  CHECK_THAT(hint(folder, "c.hdf5"), Contains("{plugin: hdf5, path: c.hdf5}"));
  CHECK_THAT(hint(folder, "./pictures"),
             Contains("is a folder of data") && Contains("{plugin: image_folder, path: ./pictures}"));
  CHECK_THAT(hint(folder, "pictures/cats/1.PNG"), Contains("{plugin: image_folder, path: pictures/cats}"));
  CHECK_THAT(hint(folder, "./mnist"), Contains("{plugin: idx_images, path: ./mnist}"));
  CHECK_THAT(hint(folder, "mnist/train-images-idx3-ubyte.gz"), Contains("{plugin: idx_images, path: mnist}"));
  CHECK_THAT(hint(folder, "cifar/data_batch_1.bin"), Contains("{plugin: cifar_binary, path: cifar}"));
  CHECK_THAT(hint(folder, "./gone.npy"),
             Contains("which does not exist") && Contains("{plugin: npy, path: ./gone.npy}"));
  CHECK_THAT(hint(folder, "./d.bin"),
             Contains("is a file, not a plugin, and no data set says that it reads such ones") &&
                 Contains("npy (*.npy)"));
  CHECK(hint(folder, "./libmine.so") == "nothing");
  CHECK(hint(folder, "glyph") == "nothing");
}

TEST_CASE("an experiment that names a file of data in its data set's place says so, at its place") {
  const std::string yaml =
      "dataset: ./digits.npy\nmodel: vae\nloss: elbo\noptimizer: adam\ntrainer: {steps: 1}\n";
  CHECK_THAT(error_of([&] { descent::testing::experiment_of(yaml); }),
             Contains("test.yaml:1:10: './digits.npy' is a file of data") &&
                 Contains("{plugin: npy, path: ./digits.npy}"));
}
