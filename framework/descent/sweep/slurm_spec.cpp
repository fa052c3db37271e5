#include "descent/sweep/slurm_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "descent/config/scalar_grammar.hpp"
#include "descent/experiment/section.hpp"

namespace descent::sweep {

namespace {

// Runs are told to end a minute before their time is over.
constexpr std::int64_t least_seconds = 120;

bool is_word(const std::string& text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isspace(byte) != 0 || std::iscntrl(byte) != 0;
  });
}

// `4G`, or `4000`, of megabytes.
bool is_memory(const std::string& text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string unit = text.substr(digits);
  return digits > 0 &&
         (unit.empty() || (unit.size() == 1 && std::string("KMGTkmgt").find(unit) != std::string::npos));
}

std::vector<std::int64_t> numbers_of(const std::string& text) {
  std::vector<std::int64_t> numbers;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find(':', from), text.size());
    const std::string part = text.substr(from, end - from);
    const bool digits =
        !part.empty() && part.size() < 9 && part.find_first_not_of("0123456789") == std::string::npos;
    if (!digits) return {};
    numbers.push_back(std::stoll(part));
    from = end + 1;
  }
  return numbers;
}

/// In seconds: `30` (minutes), `30:00`, `1:30:00`, `2-12` (days and hours), `2-12:30`, `2-12:30:00`. Nothing
/// for any other text.
std::optional<std::int64_t> seconds_of(const std::string& text) {
  const std::size_t dash = text.find('-');
  const bool has_days = dash != std::string::npos;
  const std::vector<std::int64_t> days =
      has_days ? numbers_of(text.substr(0, dash)) : std::vector<std::int64_t>{0};
  const std::vector<std::int64_t> parts = numbers_of(has_days ? text.substr(dash + 1) : text);
  if (days.size() != 1 || parts.empty() || parts.size() > 3) return std::nullopt;
  // The first part is hours behind days, and where there are three; else minutes.
  std::array<std::int64_t, 3> time{};
  std::copy(parts.begin(), parts.end(), time.begin() + (has_days || parts.size() == 3 ? 0 : 1));
  return ((days[0] * 24 + time[0]) * 60 + time[1]) * 60 + time[2];
}

class SlurmReader {
 public:
  SlurmReader(const Value* options, Diagnostics& diagnostics)
      : reader_(options, "sweep.launcher.slurm", "{partition: NAME, time: 1:00:00, cpus: 2}", diagnostics),
        diagnostics_(diagnostics) {}

  SlurmSpec read() {
    SlurmSpec slurm;
    slurm.partition = text("partition", "a partition's name, such as compute", is_word);
    slurm.time = text("time", "minutes, or a time such as 90:00, 1:30:00 or 2-12:00:00",
                      [](const std::string& time) { return seconds_of(time).has_value(); });
    if (!slurm.time.empty() && *seconds_of(slurm.time) < least_seconds)
      diagnostics_.add(
          reader_.find("time")->location(),
          fmt::format("'{}' is at least 2 minutes: runs are told to end a minute before it is over",
                      reader_.name_of("time")));
    slurm.cpus = reader_.whole("cpus", 0, 1, 4096);
    slurm.memory = text("memory", "a size, such as 4G or 500M (K, M, G or T)", is_memory);
    slurm.array_parallelism = reader_.whole("array_parallelism", 0, 1);
    read_setup(slurm.setup);
    reader_.finish();
    return slurm;
  }

 private:
  // As sbatch takes it; a whole number may be written without quotes. Empty where it is absent or wrong.
  template <class Test>
  std::string text(const std::string& key, const std::string& expected, Test&& is_right) {
    const Value* value = reader_.find(key);
    if (value == nullptr) return "";
    const std::string text = value->is(Value::Kind::text)      ? value->text()
                             : value->is(Value::Kind::integer) ? std::to_string(value->integer())
                                                               : "";
    if (is_right(text)) return text;
    experiment::add_expectation(reader_.name_of(key), expected, *value, diagnostics_);
    return "";
  }

  void read_setup(std::vector<std::string>& lines) {
    const Value* setup = reader_.find("setup");
    if (setup == nullptr) return;
    for (const Value& line : setup->is(Value::Kind::list) ? setup->items() : std::vector<Value>{*setup}) {
      if (line.is(Value::Kind::text) && line.text().find('\0') == std::string::npos)
        lines.push_back(line.text());
      else
        experiment::add_expectation(reader_.name_of("setup"), "shell lines, such as ['module load hdf5']",
                                    line, diagnostics_);
    }
  }

  experiment::SectionReader reader_;
  Diagnostics& diagnostics_;
};

}  // namespace

SlurmSpec read_slurm_spec(const Value* options, Diagnostics& diagnostics) {
  return SlurmReader(options, diagnostics).read();
}

}  // namespace descent::sweep
