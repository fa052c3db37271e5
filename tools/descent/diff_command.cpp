#include <fmt/core.h>

#include <memory>

#include "command.hpp"
#include "data_table.hpp"
#include "descent/analysis/difference.hpp"
#include "descent/analysis/run_folder.hpp"
#include "output.hpp"

namespace descent::program {
namespace {

struct Arguments {
  std::filesystem::path left, right;
  Format format = Format::text;
};

// Of a long list or a compiler's flags the beginning.
Value brief(const Value& value) {
  constexpr std::size_t most = 40;
  const std::string text = cell_text(value);
  return display_width(text) <= most ? value : Value::of(shortened(text, most - 3) + "...");
}

int diff(const Arguments& arguments) {
  using For = DataTable::For;
  const std::filesystem::path left = analysis::run_at(arguments.left),
                              right = analysis::run_at(arguments.right);
  DataTable table;
  table.columns = {{"part"},
                   {"key"},
                   {"left", "", false, For::programs},
                   {"right", "", false, For::programs},
                   {"brief_left", "left", false, For::people},
                   {"brief_right", "right", false, For::people},
                   {"first_step", "", true, For::programs},
                   {"from", "", false, For::people}};
  std::size_t left_out = 0;
  for (const analysis::Difference& one : analysis::differences(left, right)) {
    if (arguments.format == Format::text && one.is_of_one_parameter) {
      ++left_out;
      continue;
    }
    const Value step = one.first_step ? Value::of(*one.first_step) : Value();
    const Value from = one.first_step ? Value::of(fmt::format("from step {}", *one.first_step)) : Value();
    table.add({Value::of(one.part), Value::of(one.key), one.left, one.right, brief(one.left),
               brief(one.right), step, from});
  }
  if (arguments.format == Format::text) {
    if (table.rows.empty() && left_out == 0) {
      print("no difference: the same experiment, plugins, machine and results\n");
      return exit_done;
    }
    print("left   {}\nright  {}\n\n", left.string(), right.string());
  }
  print(table, arguments.format);
  if (left_out > 0) print("and {} metrics of single parameters: see --csv or --json\n", left_out);
  return exit_done;
}

}  // namespace

void add_diff(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command = program.command("diff", "Show in what two runs differ");
  command.argument("LEFT", arguments->left, "a run");
  command.argument("RIGHT", arguments->right, "another run");
  add_format(command, arguments->format);
  command.footer(
      R"(experiment  every option that differs, defaults included
plugin      libraries of another version or content: the version, and the SHA-256's first digits
machine     what the logs say of where and how the runs were made: host, processor, compiler, commit
result      status, and the metrics whose logged values differ in any bit, with their last values and the first
            step that differs

Nothing is said of what is the same, and of times. The exit code is 0 whether they differ or not.

Examples:
  descent diff runs/gan_ring/seed=1 runs/gan_ring/seed=2
  descent diff runs/gan_ring/seed=1 runs/gan_ring/seed=1.old-1
  descent diff old/log.h5 new/log.h5 --json)");
  command.action([arguments] { return diff(*arguments); });
}

}  // namespace descent::program
