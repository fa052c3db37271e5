#include "small_runs.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace descent::testing {

void make_ring(const ScratchFolder& folder) {
  folder.write("ring.yaml", R"(name: ring
dataset: {plugin: gaussian_ring, modes: 8}
model: {plugin: gan, generator: {hidden: [8]}, discriminator: {hidden: [8]}}
loss: {plugin: non_saturating}
optimizer: {plugin: adam, learning_rate: 1.0e-3}
trainer: {batch_size: 16, steps: 20}
metrics:
  - {plugin: mode_coverage, samples: 300, every: 10}
checkpoint: {every: 10}
log:
  samples: {every: 10, count: 50}
)");
  REQUIRE(descent_in(folder, {"run", "ring.yaml"}).exit_code == 0);
}

void make_digits(const ScratchFolder& folder) {
  folder.write("digits.yaml", R"(name: digits
dataset: {plugin: glyphs, pixels: 8, examples: 50, test_examples: 20}
model: {plugin: vae, latent: 2, encoder: {hidden: [8]}, decoder: {hidden: [8]}}
loss: {plugin: elbo}
optimizer: [{plugin: adam, learning_rate: 1.0e-3}, {plugin: ema, decay: 0.5}]
trainer: {batch_size: 10, steps: 10}
metrics:
  - {plugin: objective}
log:
  samples: {every: 5, count: 9}
)");
  REQUIRE(descent_in(folder, {"run", "digits.yaml"}).exit_code == 0);
}

void make_bowls(const ScratchFolder& folder) {
  folder.write("bowl.yaml", R"(name: bowl
model: {plugin: point, start: [1, 1]}
loss: {plugin: noisy_quadratic, curvature: [1, 10]}
optimizer: {plugin: sgd, learning_rate: 0.01}
trainer: {steps: 20}
metrics:
  - {plugin: objective, every: 10}
log:
  metrics: {every: 1}
  tensors: [{values: "*", every: 10}]
)");
  for (const char* seed : {"seed=1", "seed=2"}) {
    REQUIRE(descent_in(folder, {"run", "bowl.yaml", seed}).exit_code == 0);
    REQUIRE(descent_in(folder, {"run", "bowl.yaml", seed, "optimizer.learning_rate=0.05"}).exit_code == 0);
  }
}

void make_diverged_bowl(const ScratchFolder& folder) {
  folder.write("steep.yaml", "extends: bowl.yaml\nname: steep\nloss: {curvature: [1, 1.0e+30]}\n");
  REQUIRE(descent_in(folder, {"run", "steep.yaml"}).exit_code == 1);
}

void check_in_python(const ScratchFolder& folder, const std::string& code) {
  const Finished python = run_program({"/usr/bin/python3", "-c", code}, folder.path);
  INFO(code << "\n" << python.errors);
  CHECK(python.exit_code == 0);
}

std::string files_of(const std::filesystem::path& run) {
  std::ostringstream all;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(run))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const std::filesystem::path& file : files)
    all << file << "\n" << std::ifstream(file, std::ios::binary).rdbuf();
  return all.str();
}

const std::string read_png = R"(
import struct, zlib
def png(name):
    data = open(name, 'rb').read()
    assert data[:8] == b'\x89PNG\r\n\x1a\n'
    at, packed = 8, b''
    while at < len(data):
        size, kind = struct.unpack('>I4s', data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        assert struct.unpack('>I', data[at + 8 + size:at + 12 + size])[0] == zlib.crc32(kind + body)
        if kind == b'IHDR': width, height, depth, color = struct.unpack('>IIBB', body[:10])
        if kind == b'IDAT': packed += body
        at += 12 + size
    assert kind == b'IEND' and depth == 8
    return width, height, color, len(zlib.decompress(packed))
)";

}  // namespace descent::testing
