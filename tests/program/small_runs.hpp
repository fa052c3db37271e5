#pragma once

#include <string>
#include <vector>

#include "run_program.hpp"

/// Runs of a second, and what tests of the commands that read them share.
namespace descent::testing {

/// A GAN on points of the plane: `runs/ring/seed=1`.
void make_ring(const ScratchFolder& folder);

/// A VAE on images of 8 x 8 pixels, with nine logged samples: `runs/digits/seed=1`.
void make_digits(const ScratchFolder& folder);

/// Two seeds of two learning rates of a small run, below `runs/bowl`.
void make_bowls(const ScratchFolder& folder);

/// `runs/steep/seed=1`, with the learning rate of make_bowls()' first, diverges.
void make_diverged_bowl(const ScratchFolder& folder);

/// Runs Python in the folder; `code` asserts.
void check_in_python(const ScratchFolder& folder, const std::string& code);

/// Python for check_in_python(): `png(name)` gives width, height and color type (0: gray, 2: colors) of a
/// PNG, every chunk's checksum being right, and the number of bytes that its picture unpacks to.
extern const std::string read_png;

/// The content of every file of a run, to see that reading changes none.
std::string files_of(const std::filesystem::path& run);

}  // namespace descent::testing
