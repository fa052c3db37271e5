// sweep.h5, of which the checksums are compared.
#include "descent/runlog/detail/table_file.hpp"
#include "descent/sweep/collect.hpp"
#include "fuzz/hdf5_file.hpp"

using namespace descent;

static void make_table(const std::filesystem::path& file) {
  runlog::TableFile table;
  table.attributes =
      Value::map({{"schema", Value::of("descent.sweep"), {}}, {"schema_version", Value::of(3), {}}});
  table.columns.push_back({"run", std::vector<std::int64_t>{0, 1, 2}});
  table.columns.push_back({"folder", std::vector<std::string>{"a", "b", ""}});
  table.columns.push_back({"loss", std::vector<double>{0.5, 1, 2}});
  table.columns.back().attributes.set("direction", Value::of("lower"));
  table.signal = "loss";
  table.links.push_back({"/runs/a", "a/log.h5"});
  runlog::write_table_file(file, table);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  if (!fuzz::write_hdf5(files, "sweep.h5", data, size, make_table)) return 0;
  fuzz::reads([&] { sweep::verify_collected(files.folder() / "sweep.h5"); });
  return 0;
}
