// Files that HDF5 reads without complaint and that hold what no writer of ours writes: what a hostile or foolish program makes of them.
#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>

#include "descent/base/error.hpp"
#include "descent/runlog/checkpoint.hpp"
#include "descent/runlog/detail/hdf5.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/log_repair.hpp"
#include "runlog/example.hpp"
#include "support/files.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
using runlog::hdf5::Handle;

// Calls `change` with the open file.
static void change(const std::filesystem::path& path, const std::function<void(hid_t file)>& change) {
  const runlog::hdf5::Lock lock;
  const Handle file = runlog::hdf5::open_file(path, H5F_ACC_RDWR);
  change(file);
}

// Puts another dataset, all of zeros, in the place of one, with its attributes `kind` and a checksum of `bytes` zeros.
static void replace(hid_t file, const std::string& name, hid_t type, const std::vector<hsize_t>& extents,
                    const std::string& kind, std::size_t bytes) {
  H5Ldelete(file, name.c_str(), H5P_DEFAULT);
  const Handle space(extents.empty()
                         ? H5Screate(H5S_SCALAR)
                         : H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr),
                     H5Sclose, "make");
  const Handle dataset(H5Dcreate2(file, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                       H5Dclose, "make");
  if (!kind.empty()) runlog::hdf5::write_attribute(dataset, "kind", Value::of(kind));
  runlog::hdf5::write_checksum(dataset, std::vector<std::byte>(bytes));
}

namespace {

class Checkpoint {
 public:
  Checkpoint() {
    runlog::CheckpointWriter writer(file);
    writer.tensor("values/weight", {2, 3}, std::vector<Scalar>(6));
    writer.integers("step", std::vector<std::int64_t>{10});
    writer.text("run_id", "bowl");
    writer.commit();
  }
  const ScratchFolder directory;
  const std::filesystem::path file = directory.path / "checkpoint.h5";
};

class Log {
 public:
  Log() { write_example(directory.path, 30); }
  const ScratchFolder directory;
  const std::filesystem::path file = directory.path / "log.h5";
};

}  // namespace

TEST_CASE("lists of a checkpoint that are single numbers or tables are refused") {
  const Checkpoint checkpoint;
  change(checkpoint.file, [](hid_t file) { replace(file, "step", H5T_STD_I64LE, {}, "integers", 8); });
  CHECK_THROWS_WITH(runlog::CheckpointReader(checkpoint.file).integers("step"),
                    Contains("'step'") && Contains("no list"));
  change(checkpoint.file, [](hid_t file) { replace(file, "step", H5T_STD_I64LE, {2, 50}, "integers", 800); });
  CHECK_THROWS_WITH(runlog::CheckpointReader(checkpoint.file).integers("step"),
                    Contains("'step'") && Contains("no list"));
}

TEST_CASE(
    "arrays that announce more numbers than their file can hold are refused before memory is taken for "
    "them") {
  const Checkpoint checkpoint;
  for (const std::vector<hsize_t>& extents :
       {std::vector<hsize_t>{hsize_t{1} << 40}, {2, hsize_t{1} << 36}}) {
    change(checkpoint.file,
           [&](hid_t file) { replace(file, "values/weight", H5T_IEEE_F32LE, extents, "tensor", 0); });
    CHECK_THROWS_WITH(runlog::CheckpointReader(checkpoint.file),
                      Contains("more numbers than its file can hold"));
  }
  const Log log;
  change(log.file, [](hid_t file) {
    replace(file, "tensors/log_scale/value_step", H5T_STD_I64LE, {hsize_t{1} << 40}, "", 0);
  });
  const runlog::LogReader reader(log.file);
  CHECK_THROWS_WITH(reader.snapshot_steps("tensors/log_scale/value"),
                    Contains("more numbers than its file can hold"));
  CHECK_THROWS_WITH(reader.snapshot("tensors/log_scale/value", 0),
                    Contains("more numbers than its file can hold"));
}

TEST_CASE("texts of variable length are refused in checkpoints") {
  const Checkpoint checkpoint;
  change(checkpoint.file, [](hid_t file) {
    const Handle text(H5Tcopy(H5T_C_S1), H5Tclose, "make");
    H5Tset_size(text, H5T_VARIABLE);
    replace(file, "run_id", text, {4}, "text", 64);
  });
  CHECK_THROWS_WITH(runlog::CheckpointReader(checkpoint.file),
                    Contains("run_id") && Contains("variable length"));
}

TEST_CASE("groups that are linked in circles, or in one another without end, are refused") {
  const Checkpoint checkpoint;
  change(checkpoint.file,
         [](hid_t file) { H5Lcreate_hard(file, "/", file, "values/again", H5P_DEFAULT, H5P_DEFAULT); });
  CHECK_THROWS_WITH(runlog::CheckpointReader(checkpoint.file), Contains("linked from several places"));
  const Log log;
  change(log.file,
         [](hid_t file) { H5Lcreate_soft("/tensors", file, "tensors/again", H5P_DEFAULT, H5P_DEFAULT); });
  CHECK_THROWS_WITH(runlog::LogReader(log.file), Contains("linked from several places"));
  const Checkpoint deep;
  change(deep.file, [](hid_t file) {
    std::string path = "values";
    for (int i = 0; i < 100; ++i) runlog::hdf5::require_group(file, path += "/a");
  });
  CHECK_THROWS_WITH(runlog::CheckpointReader(deep.file), Contains("more than 64 others"));
}

TEST_CASE("texts and tables of a log with other dimensions are refused") {
  const Log log;
  change(log.file, [](hid_t file) {
    const Handle text = runlog::hdf5::text_type(7);
    replace(file, "experiment/yaml", text, {1000}, "", 8000);
  });
  CHECK_THROWS_WITH(runlog::LogReader(log.file).experiment(), Contains("experiment/yaml"));
  change(log.file, [](hid_t file) { replace(file, "experiment/plugins", H5T_STD_I8LE, {}, "", 1); });
  CHECK_THROWS_WITH(runlog::LogReader(log.file).plugins(), Contains("no list"));
  change(log.file, [](hid_t file) { replace(file, "experiment/plugins", H5T_STD_I8LE, {4}, "", 4); });
  CHECK_THROWS_WITH(runlog::LogReader(log.file).plugins(), Contains("read the table of plugins"));
}

TEST_CASE("a table of plugins whose texts fill their places is read without what lies behind them") {
  const Log log;
  change(log.file, [](hid_t file) {
    const Handle row(H5Tcreate(H5T_COMPOUND, 5), H5Tclose, "make");
    std::size_t offset = 0;
    for (const char* name : {"kind", "name", "version", "path", "sha256"}) {
      const Handle letter(H5Tcopy(H5T_C_S1), H5Tclose, "make");  // of one byte, and no zero behind it
      H5Tinsert(row, name, offset++, letter);
    }
    replace(file, "experiment/plugins", row, {1}, "", 0);
    const Handle dataset = runlog::hdf5::open_dataset(file, "experiment/plugins");
    H5Dwrite(dataset, row, H5S_ALL, H5S_ALL, H5P_DEFAULT, "abcde");
    H5Adelete(dataset, "crc32c");
    runlog::hdf5::write_checksum(dataset, std::as_bytes(std::span("abcde", 5)));
  });
  CHECK(runlog::LogReader(log.file).plugins() == std::vector<runlog::PluginRow>{{"a", "b", "c", "d", "e"}});
}

TEST_CASE("a column of a log that has another name than its dataset is damage, which repairing leaves out") {
  const Log log;
  change(log.file, [](hid_t file) {
    const Handle column = runlog::hdf5::open_dataset(file, "metrics/validation.mode_coverage/modes");
    H5Adelete(column, "name");
    runlog::hdf5::write_attribute(column, "name", Value::of("models"));
  });
  CHECK_THROWS_WITH(runlog::LogReader(log.file), Contains("its attribute 'name' says 'models'"));
  const runlog::LogRepair repair = runlog::repair_log(log.directory.path);
  REQUIRE(repair.lost.size() == 1);
  CHECK_THAT(repair.lost[0], Contains("metrics/validation.mode_coverage is lost"));
  CHECK(runlog::LogReader(log.file).rows("train") == 30);
}

TEST_CASE("a set of a log that lacks a column is damage, which repairing leaves out") {
  const Log log;
  change(log.file, [](hid_t file) { H5Ldelete(file, "metrics/train/learning_rate", H5P_DEFAULT); });
  CHECK_THROWS_WITH(runlog::LogReader(log.file),
                    Contains("cannot find the column 'learning_rate' of 'train'"));
  const runlog::LogRepair repair = runlog::repair_log(log.directory.path);
  REQUIRE(repair.lost.size() == 1);
  CHECK_THAT(repair.lost[0], Contains("metrics/train is lost"));
  CHECK(runlog::LogReader(log.file).rows("validation.mode_coverage") == 3);
}

TEST_CASE("the steps of a series with other dimensions are refused") {
  const Log log;
  change(log.file, [](hid_t file) {
    replace(file, "tensors/log_scale/value_step", H5T_STD_I64LE, {3, 1000}, "", 24000);
  });
  const runlog::LogReader reader(log.file);
  CHECK_THROWS_WITH(reader.snapshot_steps("tensors/log_scale/value"), Contains("other dimensions"));
}
