#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "descent/experiment/yaml.hpp"
#include "plugin_support.hpp"
#include "python_files.hpp"
#include "support/experiment_text.hpp"

// Pictures: image_folder and cifar_binary.

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using descent::Split;
using descent::Value;
using descent::testing::error_of;
using descent::testing::ScratchFolder;
using Pixels = std::vector<double>;

namespace {

/// A folder of pictures, and another one for the cache.
class Pictures : public ScratchFolder {
 public:
  Pictures() {
    fs::create_directory(path / "pictures");
    ::setenv("XDG_CACHE_HOME", (path / "cache").c_str(), 1);
  }
  ~Pictures() { ::unsetenv("XDG_CACHE_HOME"); }

  bool draw(const std::string& code) const {
    return python_writes(path / "pictures", "from PIL import Image\nimport os, struct, zlib\n" + code,
                         "numpy, PIL");
  }
  std::shared_ptr<descent::Dataset> open(const std::string& options = "{}") const {
    descent::Diagnostics problems;
    const Value more = descent::experiment::parse_yaml_value(options, "options", problems);
    problems.throw_if_any();
    Settings settings = {{"path", Value::of((path / "pictures").string())}};
    for (const auto& entry : more.entries()) settings.emplace_back(entry.key, entry.value);
    return open_dataset("image_folder", settings);
  }
  Pixels bytes(const std::string& options = "{}", Split split = Split::train) const {
    Pixels pixels = whole(*open(options), split)["image"].value().to_doubles();
    for (double& pixel : pixels) pixel = std::round(pixel * 255);
    return pixels;
  }
  std::string refusal(const std::string& options = "{}") const {
    return error_of([&] { open(options); });
  }
  /// The one file in the cache.
  fs::path cache() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(path / "cache" / "descent"))
      files.push_back(entry.path());
    REQUIRE(files.size() == 1);
    return files[0];
  }
};

const char* const two_classes = R"(
for split, n in (('train', 6), ('test', 4)):
    for i in range(n):
        folder = f'{split}/{[\"dog\", \"cat\"][i % 2]}'
        os.makedirs(folder, exist_ok=True)
        Image.fromarray(np.full((2, 3), 10 * i + (split == 'test'), 'u1')).save(f'{folder}/{i}.png')
)";

}  // namespace

TEST_CASE("subfolders are the splits and, in the order of their names, the classes") {
  const Pictures folder;
  if (!folder.draw(two_classes)) return;
  const auto data = folder.open();
  CHECK(data->size(Split::train) == 6);
  CHECK(data->size(Split::test) == 4);
  const auto fields = data->fields();
  CHECK(descent::find_field(fields, "image").shape == descent::Shape{2, 3, 1});
  CHECK(descent::find_field(fields, "image").image);
  CHECK(descent::find_field(fields, "label").classes == 2);
  CHECK(whole(*data, Split::train)["label"].value().to_doubles() == Pixels{0, 0, 0, 1, 1, 1});
  const Pixels train = folder.bytes(), test = folder.bytes("{}", Split::test);
  CHECK(Pixels{train[0], train[6], train[12], train[18]} == Pixels{10, 30, 50, 0});
  CHECK(test[0] == 11);
  const auto plain = folder.open("{labels: false}");
  CHECK(plain->fields().size() == 1);
  CHECK(plain->size(Split::train) == 6);
}

TEST_CASE("pictures of every kind of PNG become 8 bits of gray or color") {
  const Pictures folder;
  if (!folder.draw(R"(
rng = np.random.default_rng(5)
rgb = rng.integers(0, 256, (4, 5, 3), dtype='u1')
gray = rng.integers(0, 256, (4, 5), dtype='u1')
os.makedirs('../expected')
def both(name, picture, **more):
    picture.save(f'{name}.png', **more)
    if picture.mode == 'I;16':
        picture = Image.fromarray(((np.asarray(picture).astype('u4') * 255 + 32895) >> 16).astype('u1'))
    np.save(f'../expected/{name}.npy', np.asarray(picture.convert('RGB')))
both('a_rgb', Image.fromarray(rgb))
both('b_rgba', Image.fromarray(np.dstack([rgb, gray])))
both('c_gray', Image.fromarray(gray))
both('d_gray_alpha', Image.fromarray(np.dstack([gray, gray]), 'LA'))
both('e_palette', Image.fromarray(rgb).quantize(7))
both('f_one_bit', Image.fromarray(gray).convert('1'))
both('g_16_bit', Image.fromarray(rng.integers(0, 65536, (4, 5), dtype='u2')))
both('h_palette_alpha', Image.fromarray(rgb).quantize(7), transparency=3)
)"))
    return;
  const Pixels read = folder.bytes("{labels: false}");
  REQUIRE(read.size() == 8 * 60);
  std::size_t at = 0;
  for (const char* name : {"a_rgb", "b_rgba", "c_gray", "d_gray_alpha", "e_palette", "f_one_bit", "g_16_bit",
                           "h_palette_alpha"}) {
    INFO(name);
    const auto expected = open_dataset(
        "npy", {{"path", Value::of((folder.path / "expected" / (std::string(name) + ".npy")).string())}});
    CHECK(Pixels(read.begin() + std::ptrdiff_t(at), read.begin() + std::ptrdiff_t(at + 60)) ==
          whole(*expected, Split::train)["x"].value().to_doubles());
    at += 60;
  }
}

TEST_CASE("pictures are resized and cropped, and turned to gray, as torchvision does it with PIL") {
  const Pictures folder;
  if (!folder.draw(R"(
rng = np.random.default_rng(6)
os.makedirs('../expected')
whole, middle, gray = [], [], []
for i, (h, w) in enumerate([(9, 14), (20, 7), (5, 6), (6, 40)]):
    p = Image.fromarray(rng.integers(0, 256, (h, w, 3), dtype='u1'))
    p.save(f'{i}.png')
    whole.append(np.asarray(p.resize((7, 6), Image.BILINEAR)))
    gray.append(np.asarray(p.convert('L').resize((7, 6), Image.BILINEAR))[..., None])
    # torchvision.transforms.Resize(6) and CenterCrop(6)
    size = (int(6 * w / h), 6) if h <= w else (6, int(6 * h / w))
    q = p.resize(size, Image.BILINEAR)
    top, left = int(round((size[1] - 6) / 2)), int(round((size[0] - 6) / 2))
    middle.append(np.asarray(q.crop((left, top, left + 6, top + 6))))
np.savez('../expected/e.npz', whole=np.stack(whole), gray=np.stack(gray))
np.savez('../expected/m.npz', middle=np.stack(middle))
)"))
    return;
  const auto expected = [&](const char* file, const char* name) {
    Value fields = Value::map();
    fields.set("x", Value::of(name));
    return whole(*open_dataset("npz", {{"path", Value::of((folder.path / "expected" / file).string())},
                                       {"fields", fields}}),
                 Split::train)["x"]
        .value()
        .to_doubles();
  };
  CHECK(folder.bytes("{labels: false, resize: [6, 7]}") == expected("e.npz", "whole"));
  CHECK(folder.bytes("{labels: false, resize: [6, 7], channels: 1}") == expected("e.npz", "gray"));
  CHECK(folder.bytes("{labels: false, resize: [6, 6], crop: center}") == expected("m.npz", "middle"));
}

TEST_CASE("JPEGs are read, of gray and of color") {
  const Pictures folder;
  if (!folder.draw(R"(
os.makedirs('../expected')
y, x = np.mgrid[:16, :24]
smooth = np.stack([x * 10, y * 15, 255 - x * 5], -1).astype('u1')
Image.fromarray(smooth).save('a.jpg', quality=95)
Image.fromarray(smooth[..., 0]).save('b.JPEG', quality=95)
np.save('../expected/a.npy', np.asarray(Image.open('a.jpg')))
)"))
    return;
  const Pixels read = folder.bytes("{labels: false}");
  REQUIRE(read.size() == 2 * 16 * 24 * 3);
  const auto expected =
      open_dataset("npy", {{"path", Value::of((folder.path / "expected" / "a.npy").string())}});
  const Pixels theirs = whole(*expected, Split::train)["x"].value().to_doubles();
  for (std::size_t i = 0; i < theirs.size(); ++i) CHECK(std::abs(read[i] - theirs[i]) <= 2);
}

TEST_CASE("what is wrong with a folder of pictures is said by the path of the picture") {
  const Pictures folder;
  if (!folder.draw(R"(
os.makedirs('a')
Image.fromarray(np.zeros((2, 3), 'u1')).save('a/1.png')
Image.fromarray(np.zeros((2, 4), 'u1')).save('a/2.png')
open('../whole.png', 'wb').write(open('a/1.png', 'rb').read())
Image.fromarray(np.random.default_rng(1).integers(0, 256, (40, 40), dtype='u1')).save('../whole.jpg')
Image.new('CMYK', (4, 4)).save('../cmyk.jpg')
png, jpeg = bytearray(open('../whole.png', 'rb').read()), bytearray(open('../whole.jpg', 'rb').read())
png[16:24] = struct.pack('>II', 1 << 14, 1 << 14)
png[29:33] = struct.pack('>I', zlib.crc32(png[12:29]))
open('../announces.png', 'wb').write(png)
frame = jpeg.index(b'\xff\xc0')
jpeg[frame + 5:frame + 9] = struct.pack('>HH', 1 << 14, 1 << 14)
open('../announces.jpg', 'wb').write(jpeg)
)"))
    return;
  const fs::path root = folder.path / "pictures";
  CHECK_THAT(folder.refusal(), Contains("a/2.png' has 2x4 pixels (height x width)") &&
                                   Contains("a/1.png' has 2x3") && Contains("resize: [2, 3]"));
  fs::remove(root / "a/2.png");
  CHECK(folder.refusal() == "no error");
  const std::string good = descent::testing::content(folder.path / "whole.png");
  const auto broken = [&](const std::string& name, const std::string& bytes) {
    folder.write("pictures/a/" + name, bytes);
    const std::string refusal = folder.refusal("{resize: [4, 4]}");
    fs::remove(root / "a" / name);
    return refusal;
  };
  CHECK_THAT(broken("3.png", good.substr(0, good.size() / 2)), Contains("a/3.png' is cut short"));
  CHECK_THAT(broken("3.png", ""), Contains("a/3.png' is empty"));
  CHECK_THAT(broken("3.png", "GIF89a"), Contains("a/3.png' is neither a PNG nor a JPEG"));
  std::string flipped = good;
  flipped[good.size() - 20] = char(flipped[good.size() - 20] ^ 0x10);
  CHECK_THAT(broken("3.png", flipped), Contains("a/3.png' is a broken PNG"));
  const std::string jpeg = descent::testing::content(folder.path / "whole.jpg");
  CHECK_THAT(broken("3.jpg", jpeg.substr(0, jpeg.size() / 2)),
             Contains("a/3.jpg' is a broken JPEG: Premature end"));
  CHECK_THAT(broken("3.jpg", descent::testing::content(folder.path / "cmyk.jpg")),
             Contains("a/3.jpg' is a JPEG of neither gray nor RGB"));
  // Before memory is taken for 2^28 pixels.
  CHECK_THAT(broken("3.png", descent::testing::content(folder.path / "announces.png")),
             Contains("a/3.png' is cut short"));
  CHECK_THAT(broken("3.jpg", descent::testing::content(folder.path / "announces.jpg")),
             Contains("a/3.jpg' is a broken JPEG: it is cut short"));
  folder.write("pictures/loose.png", good);
  CHECK_THAT(folder.refusal(),
             Contains("loose.png' is in no folder of a class") && Contains("labels: false"));
  fs::remove_all(root);
  CHECK_THAT(folder.refusal(), Contains("there is no folder"));
  fs::create_directories(root / "a");
  CHECK_THAT(folder.refusal(), Contains("holds no picture: no .png, .jpg or .jpeg"));
  CHECK_THAT(folder.refusal("{crop: center}"), Contains("give 'resize' too"));
  CHECK_THAT(folder.refusal("{channels: 2}"), Contains("'channels' is 2"));
}

TEST_CASE("a class in the test split alone is refused") {
  const Pictures folder;
  if (!folder.draw(two_classes)) return;
  fs::rename(folder.path / "pictures/test/cat", folder.path / "pictures/test/cow");
  CHECK_THAT(folder.refusal(), Contains("test/cow' is a class that there is none of to train on"));
}

TEST_CASE("decoded pictures are kept, and decoded anew where a file or the cache has changed") {
  const Pictures folder;
  if (!folder.draw(two_classes)) return;
  const Pixels expected = folder.bytes();
  const std::string kept = descent::testing::content(folder.cache());
  // Were the cache not read, a changed pixel in it with right checksums could not be seen; were the folder not looked at, a
  // changed picture could not.
  const auto before = fs::last_write_time(folder.cache());
  CHECK(folder.bytes() == expected);
  CHECK(fs::last_write_time(folder.cache()) == before);

  SECTION("the cache is cut short or damaged anywhere") {
    for (std::size_t at = 0; at < kept.size(); at += 3) {
      std::string bad = kept;
      bad[at] = char(bad[at] ^ 0x20);
      std::ofstream(folder.cache(), std::ios::binary) << bad;
      CHECK(folder.bytes() == expected);
      CHECK(descent::testing::content(folder.cache()) == kept);
      std::ofstream(folder.cache(), std::ios::binary) << kept.substr(0, at);
      CHECK(folder.bytes() == expected);
    }
  }
  SECTION("processes were killed while they wrote it") {
    const auto part = [&](long pid) { return folder.cache().string() + "." + std::to_string(pid) + ".part"; };
    const std::string cache = folder.cache(), of_the_dead = part(999'999'999),
                      of_the_living = part(::getppid());
    for (const std::string& file : {of_the_dead, of_the_living}) std::ofstream(file) << "half";
    std::ofstream(cache, std::ios::binary) << "damaged";
    CHECK(folder.bytes() == expected);
    CHECK(descent::testing::content(cache) == kept);
    CHECK_FALSE(fs::exists(of_the_dead));
    CHECK(fs::exists(of_the_living));
    fs::remove(of_the_living);
  }
  SECTION("a picture has changed") {
    const fs::path picture = folder.path / "pictures/train/cat/1.png";
    const auto time = fs::last_write_time(picture);
    fs::copy_file(folder.path / "pictures/train/cat/3.png", picture, fs::copy_options::overwrite_existing);
    fs::last_write_time(picture, time + std::chrono::seconds(1));
    CHECK(folder.bytes()[0] == 30);
  }
  SECTION("a picture is gone") {
    fs::remove(folder.path / "pictures/train/cat/1.png");
    CHECK(folder.open()->size(Split::train) == 5);
  }
  SECTION("there is no place for a cache") {
    fs::remove_all(folder.path / "cache");
    std::ofstream(folder.path / "cache") << "a file";
    CHECK(folder.bytes() == expected);
  }
}

TEST_CASE("some pictures are set aside for testing") {
  const Pictures folder;
  if (!folder.draw("os.makedirs('a')\nfor i in range(8): Image.fromarray(np.full((1, 1), i, "
                   "'u1')).save(f'a/{i}.png')"))
    return;
  Pixels all = folder.bytes("{test_examples: 0.25}"),
         test = folder.bytes("{test_examples: 0.25}", Split::test);
  CHECK(all.size() == 6);
  all.insert(all.end(), test.begin(), test.end());
  std::sort(all.begin(), all.end());
  CHECK(all == Pixels{0, 1, 2, 3, 4, 5, 6, 7});
}

namespace {

std::string record(const std::string& labels, char first) {
  std::string planes;
  for (int c = 0; c < 3; ++c) planes += std::string(1024, char(first + c));
  return labels + planes;
}

}  // namespace

TEST_CASE("CIFAR's planes become pixels of red, green and blue") {
  const ScratchFolder folder;
  const auto open = [&](const char* labels = "fine") {
    return open_dataset("cifar_binary",
                        {{"path", Value::of(folder.path.string())}, {"labels", Value::of(labels)}});
  };
  for (int i = 1; i <= 5; ++i)
    folder.write("data_batch_" + std::to_string(i) + ".bin",
                 record(std::string(1, char(i)), char(10 * i)) + record("\x09", char(1)));
  folder.write("test_batch.bin", record(std::string(1, '\0'), 99));
  const auto ten = open();
  CHECK(ten->size(Split::train) == 10);
  CHECK(ten->size(Split::test) == 1);
  const auto batch = whole(*ten, Split::train);
  CHECK(batch["label"].value().to_doubles() == Pixels{1, 9, 2, 9, 3, 9, 4, 9, 5, 9});
  const Pixels pixels = batch["image"].value().to_doubles();
  CHECK(batch["image"].shape() == descent::Shape{10, 32, 32, 3});
  for (std::size_t c = 0; c < 3; ++c) CHECK(pixels[c] == Approx((10 + double(c)) / 255));
  CHECK_THAT(error_of([&] { open("coarse"); }), Contains("CIFAR-10 has no coarse labels"));

  folder.write("data_batch_3.bin", record("\x0a", 1));
  CHECK_THAT(error_of([&] { open(); }),
             Contains("image 0 (from 0) of") && Contains("data_batch_3.bin' has the label 10"));
  folder.write("data_batch_3.bin", "short");
  CHECK_THAT(error_of([&] { open(); }), Contains("holds 5 bytes, which is no multiple of the 3073 bytes"));
  fs::remove(folder.path / "data_batch_3.bin");
  CHECK_THAT(error_of([&] { open(); }), Contains("there is no file 'data_batch_3.bin'"));

  folder.write("train.bin", record("\x13\x63", 1));
  folder.write("test.bin", record("\x01\x02", 1));
  CHECK(whole(*open(), Split::train)["label"].value().to_doubles() == Pixels{99});
  CHECK(whole(*open("coarse"), Split::train)["label"].value().to_doubles() == Pixels{19});
  CHECK(descent::find_field(open("coarse")->fields(), "label").classes == 20);
}

TEST_CASE("subfolders called like other splits are no classes, and a link to a folder above is none either") {
  const Pictures folder;
  if (!folder.draw(two_classes)) return;
  const fs::path pictures = folder.path / "pictures";
  fs::rename(pictures / "test", pictures / "val");
  CHECK_THAT(folder.refusal(), Contains("are splits rather than classes: train, val"));
  fs::rename(pictures / "val", pictures / "test");
  fs::create_directory_symlink("..", pictures / "train" / "cat" / "up");
  CHECK_THAT(folder.refusal(), Contains("is a link to a folder that it is in"));
}
