#pragma once

#include <filesystem>
#include <string>

#include "descent/plugin/metric.hpp"

/// What metrics check, and say, of those by whom samples are judged: finished runs and files of arrays.
namespace descent {

/// Throws Error where the field that the run's model looks at, `seen`, has another shape or another range of numbers than `field`.
void require_same_field(const RunReference& run, const std::string& seen, const Field& field);

/// Throws Error, which names the metric and the option, where a path that is given is no file.
void require_file(const std::string& metric, const std::string& option, const std::filesystem::path& file);

/// `the run runs/mnist_1, SHA-256 of its final checkpoint 3f2a…`: a run of the same name may be another one later. Of a run that is
/// not there its path alone.
std::string run_note(const RunReference& run);
/// `mnist.npz, SHA-256 3f2a…`. Of a file that is not there its name alone.
std::string file_note(const std::filesystem::path& file);

}  // namespace descent
