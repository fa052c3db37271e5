#include "array_dataset.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "array_labels.hpp"
#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "set_aside.hpp"

namespace descent {

namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::count(names.begin(), names.end(), name) > 0;
}

Shape shape_of(const StoredArray& array) {
  if (array.extents.size() > Shape::max_rank)
    throw Error(array.title + " has " + std::to_string(array.extents.size()) + " dimensions; at most " +
                std::to_string(Shape::max_rank) + " are read");
  return Shape(std::span(array.extents).subspan(1));
}

// Of integers whose type says something: a range that 32 bits have would be no range of the data.
void add_range(Element element, Field& field) {
  constexpr std::array<double, 5> low = {0, 0, -128, 0, -32768}, high = {1, 255, 127, 65535, 32767};
  if (element > Element::int16) return;
  field.low = low[static_cast<std::size_t>(element)];
  field.high = high[static_cast<std::size_t>(element)];
}

}  // namespace

void ArrayDataset::open() {
  const auto file = open_file(path);
  const NamedTexts named = named_arrays(*file);
  OpenArrays train = open_arrays(*file, named), test = open_test(*file, named);
  fields_.clear();
  for (std::size_t a = 0; a < train.size(); ++a) fields_.push_back(field_of(named[a].first, *train[a]));
  for (const auto& names : {images, labels})
    for (const std::string& name : names) find_field(fields_, name);
  check_same_examples(train, test);
  find_classes(train, test);
  choose_conversions(train);

  constexpr double mebibyte = 1 << 20;
  const RowReader::Limits limits{static_cast<std::uint64_t>(memory * mebibyte),
                                 static_cast<std::uint64_t>(window * mebibyte)};
  train_ = {std::make_shared<const RowReader>(std::move(train), limits), {}};
  test_ = {};
  if (!test.empty()) test_.reader = std::make_shared<const RowReader>(std::move(test), limits);
  if (test_examples > 0) {
    SetAside parts = set_aside(train_.reader->rows(), test_examples, "test_examples");
    test_ = {train_.reader, std::move(parts.test)};
    train_.rows = std::move(parts.training);
  }
}

// The arrays of the test split, in the order of the training split's; none: there is no such split.
ArrayDataset::OpenArrays ArrayDataset::open_test(const ArrayFile& file, const NamedTexts& named) const {
  if (test_path.empty() && test_arrays.empty()) return {};
  if (test_examples > 0) throw Error("there is a test split already; leave out 'test_examples'");
  const auto test_file = test_path.empty() ? nullptr : open_file(test_path);
  NamedTexts given = test_arrays.empty() ? named : test_arrays;
  // A lone array has the name of its file.
  if (test_file && test_arrays.empty() && named.size() == 1 && test_file->names().size() == 1)
    given[0].second = test_file->names()[0];
  const auto find = [](const NamedTexts& all, const std::string& field) {
    return std::find_if(all.begin(), all.end(), [&](const auto& entry) { return entry.first == field; });
  };
  for (const auto& [field, array] : given)
    if (find(named, field) == named.end())
      throw Error(field.empty()
                      ? "'test_fields' is '" + array + "'; it is a map such as {" + named[0].first + ": " +
                            array + "}"
                      : "'test_fields' has a field '" + field + "', which the training split has not");
  NamedTexts in_order;
  for (const auto& [field, array] : named) {
    const auto same = find(given, field);
    if (same == given.end()) throw Error("'test_fields' has no array for the field '" + field + "'");
    in_order.push_back(*same);
  }
  return open_arrays(test_file ? *test_file : file, in_order);
}

void ArrayDataset::choose_conversions(const OpenArrays& train) {
  conversions_.clear();
  std::int64_t largest = 0;
  for (std::size_t a = 0; a < train.size(); ++a) {
    const Field& field = fields_[a];
    const bool first = field.image && layout == Layout::channels_first && train[a]->extents.size() == 4;
    conversions_.push_back({train[a]->element, field.shape.size(), first ? field.shape[2] : 1});
    if (conversions_.back().channels > 1) largest = std::max(largest, field.shape.size());
  }
  out_.resize(fields_.size());
  unsorted_.resize(static_cast<std::size_t>(largest));
}

// Each field and its array, in the order in which the fields are given.
NamedTexts ArrayDataset::named_arrays(const ArrayFile& file) const {
  const std::vector<std::string> names = file.names();
  if (names.empty()) throw Error("'" + path.string() + "' holds no array");
  const bool one_name = arrays.size() == 1 && arrays[0].first.empty();
  if (one_name && names.size() > 1)
    throw Error("'fields' is one field, '" + arrays[0].second + "', but '" + path.string() + "' holds " +
                std::to_string(names.size()) + " arrays: " + join(names) + "; say which it is: fields: {" +
                arrays[0].second + ": " + names[0] + "}");
  if (one_name) return {{arrays[0].second, names[0]}};
  if (!arrays.empty()) return arrays;
  if (names.size() == 1) return {{"x", names[0]}};
  NamedTexts all;
  for (const std::string& name : names) all.emplace_back(name, name);
  return all;
}

ArrayDataset::OpenArrays ArrayDataset::open_arrays(const ArrayFile& file, const NamedTexts& wanted) const {
  OpenArrays opened;
  for (const auto& [field, name] : wanted) {
    if (!is_log_name(field))
      throw Error("'" + field +
                  "' is no name of a field (letters, digits and '_'); name it in 'fields': {x: " + name +
                  "}");
    opened.push_back(file.open(name));
    const StoredArray& array = *opened.back();
    if (array.rows() == 0 || array.row_size() == 0)
      throw Error(array.title + " is empty: " + array.description());
  }
  const StoredArray& first = *opened.front();
  for (const auto& array : opened)
    if (array->rows() != first.rows()) {
      std::vector<std::string> all;
      for (const auto& other : opened) all.push_back(other->title + " is " + other->description());
      throw Error(
          "the arrays have different numbers of rows, so that they are no fields of the same examples: " +
          join(all) +
          "; name those of the training split in 'fields' ({image: x_train, label: y_train}) and those of "
          "the test "
          "split in 'test_fields'");
    }
  return opened;
}

Field ArrayDataset::field_of(const std::string& name, const StoredArray& array) const {
  Field field{.name = name, .shape = shape_of(array)};
  const std::size_t rank = field.shape.rank();
  const bool may_be_image = rank == 2 || rank == 3, may_be_label = field.shape.size() == 1 && rank <= 1;
  const bool image = contains(images, name) || (images.empty() && name == "image" && may_be_image);
  const bool label = contains(labels, name) || (labels.empty() && name == "label" && may_be_label);
  if (image && !may_be_image)
    throw Error("the field '" + name + "' is to be an image, but " + array.title + " is " +
                array.description() +
                "; images are (rows, height, width) or (rows, height, width, channels)");
  if (label && !may_be_label)
    throw Error("the field '" + name + "' is to be a label, but " + array.title + " is " +
                array.description() + "; labels are (rows); of one-hot labels save numpy.argmax(a, axis=1)");
  if (image) {
    const Shape& s = field.shape;
    field.image = true;
    field.shape = rank == 2                          ? Shape{s[0], s[1], 1}
                  : layout == Layout::channels_first ? Shape{s[1], s[2], s[0]}
                                                     : s;
  }
  if (label) {
    field.shape = Shape{};
    field.classes = 1;  // until find_classes() has seen them
  } else {
    add_range(array.element, field);
  }
  return field;
}

void ArrayDataset::check_same_examples(const OpenArrays& train, const OpenArrays& test) const {
  for (std::size_t a = 0; a < test.size(); ++a) {
    if (!(shape_of(*train[a]) == shape_of(*test[a])) || train[a]->element != test[a]->element)
      throw Error("the examples of the two splits do not fit together: for the field '" + fields_[a].name +
                  "', " + train[a]->title + " is " + train[a]->description() + ", but " + test[a]->title +
                  " is " + test[a]->description());
  }
}

// Looks at every label, whose arrays are small beside the others'.
void ArrayDataset::find_classes(const OpenArrays& train, const OpenArrays& test) {
  for (std::size_t a = 0; a < fields_.size(); ++a) {
    Field& field = fields_[a];
    if (field.classes == 0) continue;
    std::int64_t largest = largest_label(*train[a], field.name, classes);
    if (!test.empty()) largest = std::max(largest, largest_label(*test[a], field.name, classes));
    field.classes = classes > 0 ? classes : largest + 1;
    field.low = 0;
    field.high = static_cast<double>(field.classes - 1);
  }
}

void ArrayDataset::convert(const std::byte* row, const Conversion& conversion, Scalar* out) const {
  const auto size = static_cast<std::size_t>(conversion.size);
  if (conversion.channels == 1) return convert_elements(conversion.element, row, size, out);
  convert_elements(conversion.element, row, size, unsorted_.data());
  const std::int64_t pixels = conversion.size / conversion.channels;
  for (std::int64_t c = 0; c < conversion.channels; ++c)
    for (std::int64_t p = 0; p < pixels; ++p)
      out[p * conversion.channels + c] = unsorted_[static_cast<std::size_t>(c * pixels + p)];
}

void ArrayDataset::fill(Split split, std::span<const std::int64_t> indices, Batch& batch) const {
  const Part& read = part(split);
  for (std::size_t f = 0; f < fields_.size(); ++f) out_[f] = batch.rows(fields_[f].name).data();
  for (std::size_t i = 0; i < indices.size(); ++i) {
    // Shuffled rows are nowhere near each other: the next one is asked for while this one is converted.
    if (i + 1 < indices.size()) read.reader->touch(read.row(indices[i + 1]));
    const auto row = read.reader->row(read.row(indices[i]));
    for (std::size_t f = 0; f < fields_.size(); ++f) {
      convert(row[f], conversions_[f], out_[f]);
      out_[f] += conversions_[f].size;
    }
  }
}

bool ArrayDataset::order(Split split, RandomStream& random, std::span<std::int64_t> indices) const {
  const Part& read = part(split);
  if (!read.reader || !read.reader->by_blocks()) return false;
  read.reader->order(random, read.rows, indices);
  return true;
}

}  // namespace descent
