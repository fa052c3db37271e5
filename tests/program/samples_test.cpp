#include <catch2/catch.hpp>
#include <filesystem>

#include "small_runs.hpp"

using namespace descent::testing;
namespace fs = std::filesystem;

TEST_CASE("samples draws what the log holds", "[program]") {
  const ScratchFolder folder;
  make_ring(folder);
  make_digits(folder);
  make_bowls(folder);
  const auto samples = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "samples");
    return descent_in(folder, words);
  };
  const Finished digits = samples({"runs/digits/seed=1", "-o", "digits.png"});
  CHECK(digits.exit_code == 0);
  CHECK(digits.output == "digits.png: 9 of 'image', step 10\n");
  CHECK(samples({"runs/digits/seed=1", "-o", "first.png", "--step", "5"}).exit_code == 0);
  CHECK(samples({"runs/digits/seed=1", "-o", "digits.png", "--csv"}).output ==
        "run,file,field,samples,step\nruns/digits/seed=1,digits.png,image,9,10\n");
  CHECK(samples({"runs/ring/seed=1", "-o", "ring.png"}).exit_code == 0);
  CHECK(samples({"runs/ring/seed=1", "-o", "ring.svg", "--step", "10"}).exit_code == 0);
  check_in_python(folder, read_png + R"(
assert png('digits.png')[:3] == (3 * (21 * 8 + 2) + 2, 3 * (21 * 8 + 2) + 2, 0), png('digits.png')
assert png('ring.png')[0] == 1063, png('ring.png')  # 9 cm with 300 dots to an inch
assert open('digits.png', 'rb').read() != open('first.png', 'rb').read()
assert 'ring, step 10' in open('ring.svg').read()
# The pixels are the log's, in its range: the first image's corners.
import h5py, subprocess
image = h5py.File('runs/digits/seed=1/log.h5')['samples/image'][-1][0]
data, at, packed = open('digits.png', 'rb').read(), 8, b''
while at < len(data):
    size, kind = struct.unpack('>I4s', data[at:at + 8])
    if kind == b'IDAT': packed += data[at + 8:at + 8 + size]
    at += 12 + size
raw, width, rows = zlib.decompress(packed), 512, []
for y in range(24):
    kind, line = raw[y * 513], bytearray(raw[y * 513 + 1:(y + 1) * 513])
    above = rows[-1] if rows else bytearray(width)
    for x in range(width):
        a, b, c = line[x - 1] if x else 0, above[x], above[x - 1] if x else 0
        p = a + b - c
        paeth = a if abs(p - a) <= abs(p - b) and abs(p - a) <= abs(p - c) else b if abs(p - b) <= abs(p - c) else c
        line[x] = (line[x] + [0, a, b, (a + b) // 2, paeth][kind]) % 256
    rows.append(line)
for x in range(8):
    assert image.shape == (8, 8, 1) and abs(rows[10][2 + 21 * x + 10] - 255 * image[0, x, 0]) < 1, (x, rows[10], image[0])
assert rows[0][0] == 128
)");
  refused(samples({"runs/bowl/seed=1", "-o", "x.png"}), "log: {samples: {every: 1000}}");
  refused(samples({"runs/ring/seed=1", "-o", "x.png", "--step", "9"}), "the nearest are of step 10");
  refused(samples({"runs/digits/seed=1", "-o", "x.svg", "--xlim", "0:1"}), "images have none");
  refused(samples({"runs/ring/seed=1", "-o", "x.gif"}), ".svg, .png or .pdf");
  CHECK_FALSE(fs::exists(folder.path / "x.png"));
}
