#pragma once

#include <string>

#include "terminal.hpp"

/// Tables for papers and web pages. Columns that are empty in every row are left out.
namespace descent::program {

/// As GitHub reads it.
std::string markdown_of(const Table& table);

/// A tabular with the rules of the package booktabs. Needs nothing else: `±` and powers of ten are set as
/// mathematics, and every character stands for itself.
std::string latex_of(const Table& table);

/// A text as LaTeX has it.
std::string latex_text(const std::string& text);

}  // namespace descent::program
