#include <rapidcheck.h>
#include <zlib.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "plugin_support.hpp"

namespace fs = std::filesystem;
using Bytes = std::string;
using Catch::Matchers::Contains;
using descent::Split;
using descent::Value;

static Bytes big_endian(std::uint32_t number) {
  return {char(number >> 24), char(number >> 16), char(number >> 8), char(number)};
}

static Bytes idx(std::uint32_t magic, const std::vector<std::uint32_t>& extents, const Bytes& values) {
  Bytes bytes = big_endian(magic);
  for (const auto extent : extents) bytes += big_endian(extent);
  return bytes + values;
}

/// `count` images of 2x3 pixels, counting on from 0, and labels 0, 1, 2, 0, …
static Bytes images(std::uint32_t count, std::uint32_t height = 2, std::uint32_t width = 3) {
  Bytes pixels(count * height * width, '\0');
  std::iota(pixels.begin(), pixels.end(), '\0');
  return idx(0x803, {count, height, width}, pixels);
}
static Bytes labels(std::uint32_t count) {
  Bytes values(count, '\0');
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = char(i % 3);
  return idx(0x801, {count}, values);
}

static void write_bytes(const fs::path& file, const Bytes& bytes) {
  std::ofstream out(file, std::ios::binary);
  out.write(bytes.data(), std::ssize(bytes));
  REQUIRE(out.flush());
}

static Bytes gzipped(const Bytes& bytes) {
  const descent::testing::ScratchFolder folder;
  const fs::path file = folder.path / "packed";
  gzFile out = gzopen(file.c_str(), "wb");
  REQUIRE(gzwrite(out, bytes.data(), unsigned(bytes.size())) == int(bytes.size()));
  REQUIRE(gzclose(out) == Z_OK);
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A whole data set of four training and two test images.
class ImageFolder : public descent::testing::ScratchFolder {
 public:
  ImageFolder() {
    put("train-images-idx3-ubyte", images(4));
    put("train-labels-idx1-ubyte", labels(4));
    put("t10k-images-idx3-ubyte", images(2));
    put("t10k-labels-idx1-ubyte", labels(2));
  }
  void put(const std::string& name, const Bytes& bytes) const { write_bytes(path / name, bytes); }
  std::shared_ptr<descent::Dataset> open(bool with_labels = true) const {
    return open_dataset("idx_images",
                        {{"path", Value::of(path.string())}, {"labels", Value::of(with_labels)}});
  }
  /// What opening it says.
  std::string complaint(bool with_labels = true) const {
    try {
      open(with_labels);
    } catch (const descent::Error& error) {
      return error.what();
    }
    return "";
  }
};

TEST_CASE("IDX images are bytes over 255, with their labels, in the order of the indices") {
  const ImageFolder folder;
  const auto dataset = folder.open();
  CHECK(dataset->size(Split::train) == 4);
  CHECK(dataset->size(Split::test) == 2);
  const auto fields = dataset->fields();
  const auto& image = descent::find_field(fields, "image");
  CHECK(image.image);
  CHECK(image.shape == descent::Shape{2, 3, 1});
  CHECK((image.low == 0 && image.high == 1));
  CHECK(descent::find_field(fields, "label").classes == 3);
  CHECK(descent::find_field(fields, "label").shape == descent::Shape{});

  descent::Batch batch(fields, 2);
  const std::vector<std::int64_t> indices = {3, 1};
  dataset->fill(Split::train, indices, batch);
  const auto pixels = batch["image"].value().to_doubles();
  for (std::size_t p = 0; p < 6; ++p) {
    CHECK(pixels[p] == Approx(double(18 + p) / 255));
    CHECK(pixels[6 + p] == Approx(double(6 + p) / 255));
  }
  CHECK(batch["label"].value().to_doubles() == std::vector<double>{0, 1});
}

TEST_CASE("the brightest byte is exactly 1") {
  const ImageFolder folder;
  folder.put("t10k-images-idx3-ubyte", idx(0x803, {2, 2, 3}, Bytes(12, '\xff')));
  const auto batch = whole(*folder.open(), Split::test);
  for (const double pixel : batch["image"].value().to_doubles()) CHECK(pixel == 1);
}

TEST_CASE("gzipped IDX files read like plain ones") {
  const ImageFolder folder;
  const auto plain = whole(*folder.open(), Split::train)["image"].value().to_doubles();
  folder.put("train-images-idx3-ubyte.gz", gzipped(images(4)));
  fs::remove(folder.path / "train-images-idx3-ubyte");
  CHECK(whole(*folder.open(), Split::train)["image"].value().to_doubles() == plain);
}

TEST_CASE("a gzipped file is unpacked no further than its header promises") {
  const ImageFolder folder;
  Bytes bomb = images(4);
  bomb.resize(bomb.size() + (std::size_t{64} << 20));
  folder.put("train-images-idx3-ubyte", gzipped(bomb));
  CHECK_THAT(folder.complaint(), Contains("goes on after its end: its header announces 40 bytes in all"));
}

TEST_CASE("a gzipped file may have several members, as when such files were put one after the other") {
  const ImageFolder folder;
  const Bytes plain = images(4);
  const auto expected = whole(*folder.open(), Split::train)["image"].value().to_doubles();
  folder.put("train-images-idx3-ubyte", gzipped(plain.substr(0, 21)) + gzipped(plain.substr(21)));
  CHECK(whole(*folder.open(), Split::train)["image"].value().to_doubles() == expected);
  folder.put("train-images-idx3-ubyte", gzipped(plain.substr(0, 21)));
  CHECK_THAT(folder.complaint(), Contains("cut short"));
}

TEST_CASE("labels are needed unless the experiment does without") {
  const ImageFolder folder;
  fs::remove(folder.path / "train-labels-idx1-ubyte");
  CHECK_THAT(folder.complaint(), Contains("train-labels-idx1-ubyte") && Contains("tools/fetch-data mnist"));
  CHECK(folder.open(false)->fields().size() == 1);
}

TEST_CASE("what is wrong with an IDX file is said, and in which one") {
  const ImageFolder folder;
  SECTION("missing") {
    fs::remove(folder.path / "t10k-images-idx3-ubyte");
    CHECK_THAT(folder.complaint(), Contains("t10k-images-idx3-ubyte") && Contains("tools/fetch-data mnist"));
  }
  SECTION("empty") {
    folder.put("train-images-idx3-ubyte", "");
    CHECK_THAT(folder.complaint(), Contains("train-images-idx3-ubyte' is empty"));
  }
  SECTION("a folder") {
    fs::remove(folder.path / "train-images-idx3-ubyte");
    fs::create_directory(folder.path / "train-images-idx3-ubyte");
    CHECK_THAT(folder.complaint(), Contains("train-images-idx3-ubyte' cannot be read"));
  }
  SECTION("labels where images belong") {
    folder.put("train-images-idx3-ubyte", labels(4));
    CHECK_THAT(folder.complaint(), Contains("begins with 0x00000801") && Contains("begins with 0x00000803"));
  }
  SECTION("a byte too many") {
    folder.put("train-images-idx3-ubyte", images(4) + "x");
    CHECK_THAT(folder.complaint(), Contains("goes on after its end: its header announces 40 bytes in all"));
  }
  SECTION("no image") {
    folder.put("train-images-idx3-ubyte", images(0));
    CHECK_THAT(folder.complaint(), Contains("holds nothing"));
  }
  SECTION("extents whose product overflows") {
    folder.put("train-images-idx3-ubyte", idx(0x803, {0xffffffff, 0xffffffff, 0xffffffff}, "x"));
    CHECK_THAT(folder.complaint(), Contains("more bytes than a file can hold"));
  }
  SECTION("more labels than images") {
    folder.put("train-labels-idx1-ubyte", labels(5));
    CHECK_THAT(folder.complaint(), Contains("holds 5 labels") && Contains("holds 4 images"));
  }
  SECTION("fewer labels than images") {
    folder.put("t10k-labels-idx1-ubyte", labels(1));
    CHECK_THAT(folder.complaint(), Contains("holds 1 labels") && Contains("holds 2 images"));
  }
  SECTION("images of two sizes") {
    folder.put("t10k-images-idx3-ubyte", images(2, 3, 3));
    CHECK_THAT(folder.complaint(), Contains("2x3") && Contains("3x3"));
  }
}

TEST_CASE("a file cut short anywhere is refused by name, plain or gzipped") {
  const ImageFolder folder;
  for (const Bytes& good : {images(4), gzipped(images(4))}) {
    const bool held = rc::check([&](unsigned where) {
      folder.put("train-images-idx3-ubyte", good.substr(0, where % good.size()));
      RC_ASSERT(folder.complaint().find("train-images-idx3-ubyte' ") != std::string::npos);
    });
    CHECK(held);
  }
}

TEST_CASE("a flipped bit in gzipped data is refused or lies in a part of the header that means nothing") {
  const ImageFolder folder;
  const Bytes good = gzipped(images(4));
  folder.put("train-images-idx3-ubyte", good);
  const auto expected = whole(*folder.open(), Split::train)["image"].value().to_doubles();
  const bool held = rc::check([&](unsigned where, unsigned bit) {
    Bytes bad = good;
    char& byte = bad[where % bad.size()];
    byte = char(byte ^ (1 << bit % 8));
    folder.put("train-images-idx3-ubyte", bad);
    if (!folder.complaint().empty()) return;
    RC_ASSERT(whole(*folder.open(), Split::train)["image"].value().to_doubles() == expected);
  });
  CHECK(held);
}

TEST_CASE("MNIST, where it is, is MNIST") {
  const char* data = std::getenv("DESCENT_DATA");
  if (data == nullptr) {
    WARN("skipped: DESCENT_DATA names no folder with MNIST");
    return;
  }
  const auto mnist = open_dataset("idx_images", {{"path", Value::of(std::string(data) + "/mnist")}});
  CHECK(mnist->size(Split::train) == 60000);
  CHECK(mnist->size(Split::test) == 10000);
  const auto batch = whole(*mnist, Split::train);
  CHECK(batch["image"].shape() == descent::Shape{60000, 28, 28, 1});
  CHECK(descent::find_field(mnist->fields(), "label").classes == 10);
  double sum = 0;
  for (const auto pixel : batch["image"].value().values()) sum += double(pixel);
  // The mean that every preprocessing of MNIST subtracts.
  CHECK(sum / (60000.0 * 784) == Approx(0.1307).margin(5e-5));
  // The first ten labels of the training set.
  const auto digits = batch["label"].value().to_doubles();
  CHECK(std::vector<double>(digits.begin(), digits.begin() + 10) ==
        std::vector<double>{5, 0, 4, 1, 9, 2, 1, 3, 1, 4});
}
