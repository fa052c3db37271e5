#include <catch2/catch.hpp>
#include <fstream>

#include "descent/experiment/yaml.hpp"
#include "plugin_support.hpp"
#include "python_files.hpp"
#include "support/experiment_text.hpp"

// Data sets of named arrays: npy and npz. What is true of all is tried on one of them.

using Catch::Matchers::Contains;
using descent::Field;
using descent::Split;
using descent::Value;
using descent::testing::error_of;
using descent::testing::ScratchFolder;
using Numbers = std::vector<double>;

namespace {

std::shared_ptr<descent::Dataset> open(const std::string& plugin, const ScratchFolder& folder,
                                       const std::string& file, const std::string& options = "{}") {
  descent::Diagnostics problems;
  const Value more = descent::experiment::parse_yaml_value(options, "options", problems);
  problems.throw_if_any();
  Settings settings = {{"path", Value::of((folder.path / file).string())}};
  for (const auto& entry : more.entries())
    settings.emplace_back(entry.key, entry.key == "test_path"
                                         ? Value::of((folder.path / entry.value.text()).string())
                                         : entry.value);
  return open_dataset(plugin, settings);
}

Numbers all_of(const descent::Dataset& dataset, const std::string& field, Split split = Split::train) {
  return whole(dataset, split)[field].value().to_doubles();
}

Field field_of(const descent::Dataset& dataset, const std::string& name) {
  const auto fields = dataset.fields();
  return descent::find_field(fields, name);
}

}  // namespace

TEST_CASE("a lone .npy file is the field x, or the one that 'fields' names") {
  const ScratchFolder folder;
  if (!python_writes(folder.path, "np.save('points.npy', np.arange(12, dtype='float32').reshape(6, 2) / 4)"))
    return;
  const auto points = open("npy", folder, "points.npy");
  CHECK(points->size(Split::train) == 6);
  CHECK(points->size(Split::test) == 0);
  CHECK(field_of(*points, "x").shape == descent::Shape{2});
  CHECK(all_of(*points, "x") == Numbers{0, .25, .5, .75, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75});
  CHECK(field_of(*open("npy", folder, "points.npy", "{fields: point}"), "point").shape == descent::Shape{2});
  CHECK(field_of(*open("npy", folder, "points.npy", "{fields: {p: points}}"), "p").shape ==
        descent::Shape{2});
}

TEST_CASE("every type of numbers, byte order and layout that numpy writes is read") {
  const ScratchFolder folder;
  if (!python_writes(folder.path, R"(
a = np.array([[1, 0, 3], [4, 5, 100]])
for kind in ['i1', 'u1', 'i2', 'u2', 'i4', 'u4', 'i8', 'u8', 'f2', 'f4', 'f8']:
    for order in '<>':
        np.save(f'{kind}_{\"big\" if order == \">\" else \"little\"}.npy', a.astype(order + kind))
np.save('fortran.npy', np.asfortranarray(a.astype('>f4')))
np.save('cube.npy', np.asfortranarray(np.arange(24).reshape(2, 3, 4)))
np.save('bools.npy', a > 3)
for version in (1, 2, 3):
    with open(f'version{version}.npy', 'wb') as f:
        np.lib.format.write_array(f, a.astype('f4'), version=(version, 0))
)"))
    return;
  int read = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path)) {
    const std::string file = entry.path().filename().string();
    if (file == "cube.npy" || file == "bools.npy") continue;
    INFO(file);
    CHECK(all_of(*open("npy", folder, file), "x") == Numbers{1, 0, 3, 4, 5, 100});
    // Big files are read in parts, by another way.
    if (file != "fortran.npy")
      CHECK(all_of(*open("npy", folder, file, "{memory: 0}"), "x") == Numbers{1, 0, 3, 4, 5, 100});
    ++read;
  }
  CHECK(read == 26);
  CHECK(all_of(*open("npy", folder, "bools.npy"), "x") == Numbers{0, 0, 0, 1, 1, 1});
  Numbers counted(24);
  std::iota(counted.begin(), counted.end(), 0);
  CHECK(all_of(*open("npy", folder, "cube.npy"), "x") == counted);
}

TEST_CASE("half precision is read as IEEE 754 has it") {
  const ScratchFolder folder;
  if (!python_writes(
          folder.path,
          "np.save('h.npy', np.array([1, -2, 65504, 2**-24, -6.1e-5, 0.333251953125], dtype='f2'))"))
    return;
  const Numbers read = all_of(*open("npy", folder, "h.npy"), "x");
  CHECK(read[2] == 65504);
  CHECK(read[3] == 0x1p-24);
  CHECK(read[4] == Approx(-6.1e-5).epsilon(1e-3));
  CHECK(read[5] == 0.333251953125);
}

TEST_CASE("small integers have the range of their type, wide ones none") {
  const ScratchFolder folder;
  if (!python_writes(folder.path, R"(
np.savez('a.npz', u8=np.zeros((3, 2), 'u1'), i16=np.zeros((3, 2), 'i2'), i64=np.zeros((3, 2), 'i8'), yes=np.zeros((3,), '?'))
)"))
    return;
  const auto data = open("npz", folder, "a.npz");
  const auto range = [&](const char* name) {
    const Field field = field_of(*data, name);
    return Numbers{field.low, field.high};
  };
  CHECK(range("u8") == Numbers{0, 255});
  CHECK(range("i16") == Numbers{-32768, 32767});
  CHECK(range("i64") == Numbers{0, 0});
  CHECK(range("yes") == Numbers{0, 1});
}

static const char* const torch_archive = R"(
rng = np.random.default_rng(1)
n, m = 20, 7
np.savez_compressed('digits.npz', x_train=np.arange(n*2*3*3, dtype='u2').reshape(n, 3, 2, 3), y_train=np.arange(n) % 4,
                    x_test=np.arange(m*2*3*3, dtype='u2').reshape(m, 3, 2, 3), y_test=np.arange(m) % 4)
)";
static const char* const torch_fields =
    "fields: {image: x_train, label: y_train}, test_fields: {label: y_test, image: x_test}, layout: "
    "channels_first";

TEST_CASE("images of PyTorch's layout become channels-last, and labels classes") {
  const ScratchFolder folder;
  if (!python_writes(folder.path, torch_archive)) return;
  const auto data = open("npz", folder, "digits.npz", std::string("{") + torch_fields + "}");
  CHECK(data->size(Split::train) == 20);
  CHECK(data->size(Split::test) == 7);
  const Field image = field_of(*data, "image"), label = field_of(*data, "label");
  CHECK(image.image);
  CHECK(image.shape == descent::Shape{2, 3, 3});
  CHECK(label.shape == descent::Shape{});
  CHECK(label.classes == 4);
  const Numbers pixels = all_of(*data, "image");
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t p = 0; p < 6; ++p) CHECK(pixels[18 + p * 3 + c] == double(18 + c * 6 + p));
  CHECK(all_of(*data, "label", Split::test) == Numbers{0, 1, 2, 3, 0, 1, 2});
  CHECK(
      field_of(*open("npz", folder, "digits.npz", std::string("{classes: 9, ") + torch_fields + "}"), "label")
          .classes == 9);
}

TEST_CASE("a test split is arrays of the same file, a file of its own, or some of the rows") {
  const ScratchFolder folder;
  if (!python_writes(folder.path, R"(
np.save('a.npy', np.arange(40))
np.save('b.npy', np.arange(100, 105))
np.savez('train.npz', x=np.arange(6), label=np.arange(6) % 2)
np.savez('test.npz', x=np.arange(3), label=np.arange(3))
)"))
    return;
  CHECK(all_of(*open("npy", folder, "a.npy", "{test_path: b.npy}"), "x", Split::test) ==
        Numbers{100, 101, 102, 103, 104});
  const auto two = open("npz", folder, "train.npz", "{test_path: test.npz}");
  CHECK(all_of(*two, "label", Split::test) == Numbers{0, 1, 2});
  CHECK(field_of(*two, "label").classes == 3);
  for (const char* options :
       {"{test_examples: 10}", "{test_examples: 0.25}", "{test_examples: 10, memory: 0}"}) {
    const auto parted = open("npy", folder, "a.npy", options);
    const Numbers train = all_of(*parted, "x"), test = all_of(*parted, "x", Split::test);
    CHECK(train.size() == 30);
    CHECK(std::is_sorted(train.begin(), train.end()));
    CHECK(std::is_sorted(test.begin(), test.end()));
    Numbers all = train;
    all.insert(all.end(), test.begin(), test.end());
    std::sort(all.begin(), all.end());
    Numbers counted(40);
    std::iota(counted.begin(), counted.end(), 0);
    CHECK(all == counted);
    CHECK(test == all_of(*open("npy", folder, "a.npy", "{test_examples: 10}"), "x", Split::test));
    CHECK(test != Numbers{30, 31, 32, 33, 34, 35, 36, 37, 38, 39});
  }
}

TEST_CASE("what is wrong with arrays is said, with what would be right") {
  const ScratchFolder folder;
  if (!python_writes(folder.path, R"(
np.save('complex.npy', np.zeros((2, 2), 'c8'))
np.save('object.npy', np.array([[1], [2, 3]], dtype=object), allow_pickle=True)
np.save('text.npy', np.array(['a', 'b']))
np.save('record.npy', np.zeros(3, dtype=[('a', 'f4')]))
np.save('long.npy', np.zeros(3, dtype='g'))
np.save('one.npy', np.float32(3))
np.save('none.npy', np.zeros((0, 4)))
np.save('fortran.npy', np.asfortranarray(np.zeros((4, 4))))
np.savez('keras.npz', x_train=np.zeros((5, 2)), x_test=np.zeros((3, 2)))
np.savez('labels.npz', x=np.zeros((3, 2)), label=np.array([0, 1, 7]), half=np.array([0, .5, 1]), low=np.array([0, -1, 2]), hot=np.eye(3))
np.savez('splits.npz', x=np.zeros((3, 2)), y=np.zeros((3, 3)))
open('short.npy', 'wb').write(open('none.npy', 'rb').read()[:20])
open('text.csv', 'w').write('1,2')
)"))
    return;
  const auto npy = [&](const char* file, const char* options = "{}") {
    return error_of([&] { open("npy", folder, file, options); });
  };
  const auto npz = [&](const char* file, const char* options = "{}") {
    return error_of([&] { open("npz", folder, file, options); });
  };
  CHECK_THAT(npy("complex.npy"),
             Contains("complex.npy' holds elements of numpy's type '<c8'") && Contains("a.real"));
  CHECK_THAT(npy("object.npy"), Contains("'|O'") && Contains("Python objects"));
  CHECK_THAT(npy("text.npy"), Contains("'<U1'") && Contains("numpy.unique"));
  CHECK_THAT(npy("record.npy"), Contains("records"));
  CHECK_THAT(npy("long.npy"), Contains("'<f16'") && Contains("astype('float32')"));
  CHECK_THAT(npy("one.npy"), Contains("is a single number"));
  CHECK_THAT(npy("none.npy"), Contains("none.npy' is empty: float64 (0, 4)"));
  CHECK_THAT(npy("short.npy"), Contains("short.npy' is cut short"));
  CHECK_THAT(npy("text.csv"), Contains("text.csv' is no .npy file"));
  CHECK_THAT(npy("nothing.npy"), Contains("there is no file or folder"));
  CHECK_THAT(npy("fortran.npy", "{memory: 0}"),
             Contains("in Fortran's order") && Contains("ascontiguousarray"));
  CHECK_THAT(npz("keras.npz"), Contains("different numbers of rows") &&
                                   Contains("'x_train' of 'keras.npz' is float64 (5, 2)") &&
                                   Contains("test_fields"));
  CHECK_THAT(npz("keras.npz", "{fields: image}"),
             Contains("holds 2 arrays: x_train, x_test") && Contains("fields: {image: x_train}"));
  CHECK_THAT(npz("keras.npz", "{fields: {x: x_tran}}"),
             Contains("there is no array 'x_tran'; did you mean 'x_train'?"));
  CHECK_THAT(npz("labels.npz", "{fields: {x: x, label: label}, classes: 5}"),
             Contains("the label 'label' of row 2 (from 0) of 'label' of 'labels.npz' is 7; labels are whole "
                      "numbers from 0 "
                      "to 4, since 'classes' is 5"));
  CHECK_THAT(npz("labels.npz", "{fields: {label: half}}"), Contains("of row 1") && Contains("is 0.5"));
  CHECK_THAT(npz("labels.npz", "{fields: {label: low}}"), Contains("of row 1") && Contains("is -1"));
  CHECK_THAT(npz("labels.npz", "{fields: {y: hot}, labels: [y]}"), Contains("numpy.argmax"));
  CHECK_THAT(npz("labels.npz", "{fields: {x: x}, images: [x]}"),
             Contains("is to be an image") && Contains("float64 (3, 2)"));
  CHECK_THAT(npz("labels.npz", "{fields: {x: x}, labels: [lable]}"), Contains("has no field 'lable'"));
  CHECK_THAT(npz("splits.npz", "{fields: {x: x}, test_fields: {x: y}}"), Contains("do not fit together"));
  CHECK_THAT(npz("splits.npz", "{fields: {x: x}, test_fields: y}"), Contains("a map such as {x: y}"));
  CHECK_THAT(npz("splits.npz", "{fields: {x: x}, test_fields: {z: y}}"), Contains("has a field 'z', which"));
  CHECK_THAT(npz("splits.npz", "{test_fields: {x: y}}"), Contains("has no array for the field 'y'"));
  CHECK_THAT(npz("splits.npz", "{test_examples: 3}"), Contains("leaves none to train on"));
  CHECK_THAT(npz("splits.npz", "{test_examples: 1.5}"), Contains("a fraction below 1, or a whole number"));
  CHECK_THAT(npz("text.csv"), Contains("this is no .npz file"));
}

TEST_CASE("arrays that h5py wrote are read by their paths, as wholes and by blocks") {
  const ScratchFolder folder;
  if (!python_writes(folder.path, R"(
import h5py
a = np.arange(60).reshape(20, 3) % 50
with h5py.File('a.h5', 'w') as f:
    for kind in ['i1', 'u1', '>i2', 'u2', 'i4', '>u4', '>i8', 'u8', 'f2', '>f4', 'f8']:
        f['train/' + kind[-2:]] = a.astype(kind)
    f.create_dataset('train/packed', data=a, chunks=(7, 2), compression='gzip', shuffle=True, fletcher32=True)
    f['yes'] = a > 3
    f['test/packed'] = a[:4]
    f['text'] = np.array(['a', 'b'], dtype='S')
    f['record'] = np.zeros(3, dtype=[('a', 'f4')])
    f['one'] = 3.0
open('short.h5', 'wb').write(open('a.h5', 'rb').read()[:3000])
)",
                     "numpy, h5py"))
    return;
  Numbers expected;
  for (int i = 0; i < 60; ++i) expected.push_back(i % 50);
  for (const char* kind : {"i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "packed"})
    for (const char* memory : {"1", "0, window: 0.0001"}) {
      INFO(kind << ", memory: " << memory);
      const std::string fields = std::string("{fields: {x: train/") + kind + "}, memory: " + memory + "}";
      CHECK(all_of(*open("hdf5", folder, "a.h5", fields), "x") == expected);
    }
  const auto both =
      open("hdf5", folder, "a.h5", "{fields: {x: /train/packed}, test_fields: {x: test/packed}, memory: 0}");
  CHECK(both->size(Split::test) == 4);
  CHECK(all_of(*open("hdf5", folder, "a.h5", "{fields: {x: yes}}"), "x")[4] == 1);
  const auto refusal = [&](const char* file, const char* options) {
    return error_of([&] { open("hdf5", folder, file, options); });
  };
  CHECK_THAT(
      refusal("a.h5", "{fields: {x: train/i3}}"),
      Contains(
          "a.h5' holds no array 'train/i3'; it holds one, record, test/packed, text, train/f2, train/f4"));
  CHECK_THAT(refusal("a.h5", "{fields: {x: text}}"), Contains("'text' of 'a.h5' holds texts"));
  CHECK_THAT(refusal("a.h5", "{fields: {x: record}}"), Contains("holds records"));
  CHECK_THAT(refusal("a.h5", "{fields: {x: one}}"), Contains("is a single value"));
  CHECK_THAT(refusal("short.h5", "{}"), Contains("short.h5' cannot be read as HDF5: "));
  CHECK_THAT(refusal("none.h5", "{}"), Contains("there is no file"));
  CHECK_THAT(refusal("a.h5", "{}"), Contains("is no name of a field") || Contains("is a single value"));
}

TEST_CASE(
    "arrays that announce more numbers than their file can hold are refused before memory is taken for "
    "them") {
  const ScratchFolder folder;
  if (!python_writes(folder.path, R"(
import h5py
import struct
for name, shape in {'long': (2**40,), 'uncountable': (2**40, 2**30), 'wide': (2, 2**50)}.items():
    with h5py.File(name + '.h5', 'w') as f:
        f.create_dataset('x', shape, 'f4', chunks=tuple(min(n, 16) for n in shape))
with h5py.File('deep.h5', 'w') as f:
    f.create_group('a/' * 100)
with h5py.File('damaged.h5', 'w') as f:
    f.create_dataset('x', data=np.arange(4000), chunks=(1000,), compression='gzip', fletcher32=True)
    place = f['x'].id.get_chunk_info(2)
bytes = bytearray(open('damaged.h5', 'rb').read())
bytes[place.byte_offset + 20] ^= 1
open('damaged.h5', 'wb').write(bytes)
np.savez_compressed('a.npz', x=np.zeros((4, 4)))
archive = bytearray(open('a.npz', 'rb').read())
directory = archive.rindex(b'PK\1\2')
archive[22:26] = archive[directory+24:directory+28] = struct.pack('<I', 0xFFFFFFF0)
open('a.npz', 'wb').write(archive)
)",
                     "numpy, h5py"))
    return;
  const auto refusal = [&](const char* plugin, const char* file) {
    return error_of([&] { open(plugin, folder, file); });
  };
  for (const char* file : {"long.h5", "uncountable.h5", "wide.h5"})
    CHECK_THAT(refusal("hdf5", file),
               Contains(file) && Contains("announces more numbers than its file can hold"));
  CHECK_THAT(refusal("hdf5", "deep.h5"), Contains("deep.h5' holds groups that are in more than 64 others"));
  CHECK_THAT(refusal("hdf5", "damaged.h5"), Contains("'x' of 'damaged.h5' cannot be read"));
  CHECK_THAT(refusal("npz", "a.npz"), Contains("'x' is damaged") && Contains("are to hold 4294967280"));
}

TEST_CASE("a damaged .npy file is refused, or what is read of it is what was saved") {
  const ScratchFolder folder;
  if (!python_writes(folder.path, "np.save('good.npy', np.arange(6, dtype='f4').reshape(3, 2))")) return;
  const std::string good = descent::testing::content(folder.path / "good.npy");
  const auto outcome = [&](const std::string& bytes) {
    folder.write("bad.npy", bytes);
    return error_of([&] { open("npy", folder, "bad.npy"); });
  };
  REQUIRE(outcome(good) == "no error");
  for (std::size_t length = 0; length < good.size(); ++length)
    CHECK(outcome(good.substr(0, length)) != "no error");
  CHECK_THAT(outcome(good + "x"), Contains("is longer than its header says"));
  int refused = 0;
  for (std::size_t at = 0; at < 128; ++at)
    for (const int flip : {1, 0xff}) {
      std::string bad = good;
      bad[at] = char(bad[at] ^ flip);
      refused += outcome(bad) != "no error" ? 1 : 0;
    }
  CHECK(refused > 80);  // the others are spaces, or letters that change the kind of number
}
