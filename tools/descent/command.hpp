#pragma once

#include <string>
#include <vector>

#include "command_line.hpp"

namespace descent {
class Registry;
}

/// The command-line program: one file per command, each adding itself to the command line.
namespace descent::program {

void add_run(CommandLine& program);
void add_resume(CommandLine& program);
void add_sweep(CommandLine& program);
void add_check(CommandLine& program);
void add_plugins(CommandLine& program);
void add_new(CommandLine& program);
void add_test_plugin(CommandLine& program);
void add_status(CommandLine& program);
void add_show(CommandLine& program);
void add_compare(CommandLine& program);
void add_collect(CommandLine& program);
void add_diff(CommandLine& program);
void add_export(CommandLine& program);
void add_verify(CommandLine& program);
void add_pack(CommandLine& program);
void add_watch(CommandLine& program);
void add_plot(CommandLine& program);
void add_samples(CommandLine& program);
void add_generate(CommandLine& program);
void add_fit_sampler(CommandLine& program);
void add_evaluate(CommandLine& program);
void add_doctor(CommandLine& program);
void add_record_crash(CommandLine& program);

/// `--plugin-path DIR`, as often as wanted.
void add_plugin_path(Command& command, std::vector<std::string>& folders);
/// `FILE [key=value ...]`
void add_experiment(Command& command, std::string& file, std::vector<std::string>& overrides);

/// The plugins of `folders` and of the standard search path. Throws Error for a folder that does not exist.
Registry make_registry(const std::vector<std::string>& folders);

}  // namespace descent::program
