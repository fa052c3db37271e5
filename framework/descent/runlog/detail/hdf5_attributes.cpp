#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "descent/runlog/detail/hdf5.hpp"

namespace descent::runlog::hdf5 {

namespace {

Handle create_attribute(hid_t object, const std::string& name, hid_t type, hid_t space) {
  return {H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
          "create the attribute " + name};
}

Handle open_attribute(hid_t object, const std::string& name) {
  return {H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose, "open the attribute " + name};
}

Handle single() {
  return {H5Screate(H5S_SCALAR), H5Sclose, "describe a single value"};
}

void write_number_attribute(hid_t object, const std::string& name, hid_t type, const void* value) {
  const Handle attribute = create_attribute(object, name, type, single());
  check(H5Awrite(attribute, type, value), "write the attribute " + name);
}

// The text without the zeros that pad it.
std::string trimmed(const char* bytes, std::size_t width) {
  while (width > 0 && bytes[width - 1] == '\0') --width;
  return {bytes, width};
}

}  // namespace

Handle text_type(std::size_t bytes) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "describe a text");
  check(H5Tset_size(type, bytes + 1), "describe a text");
  check(H5Tset_strpad(type, H5T_STR_NULLTERM), "describe a text");
  check(H5Tset_cset(type, H5T_CSET_UTF8), "describe a text");
  return type;
}

hid_t scalar_type() {
  return sizeof(Scalar) == sizeof(float) ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
}

void write_text_attribute(hid_t object, const std::string& name, std::string_view text, std::size_t width) {
  const Handle type = text_type(width);
  const Handle attribute = create_attribute(object, name, type, single());
  std::vector<char> bytes(width + 1);
  std::copy_n(text.begin(), std::min(text.size(), width), bytes.begin());
  check(H5Awrite(attribute, type, bytes.data()), "write the attribute " + name);
}

void overwrite_text_attribute(hid_t object, const std::string& name, std::string_view text) {
  const Handle attribute = open_attribute(object, name);
  const Handle type(H5Aget_type(attribute), H5Tclose, "read the attribute " + name);
  std::vector<char> bytes(H5Tget_size(type));
  std::copy_n(text.begin(), std::min(text.size(), bytes.size() - 1), bytes.begin());
  check(H5Awrite(attribute, type, bytes.data()), "write the attribute " + name);
}

namespace {

// One after the other, each cut or filled up with zeros to `size` bytes, the last of which is zero.
std::vector<char> padded(const std::vector<std::string>& texts, std::size_t size) {
  std::vector<char> bytes(texts.size() * size);
  for (std::size_t i = 0; i < texts.size(); ++i)
    std::copy_n(texts[i].begin(), std::min(texts[i].size(), size - 1), bytes.data() + i * size);
  return bytes;
}

}  // namespace

void write_texts_attribute(hid_t object, const std::string& name, const std::vector<std::string>& texts,
                           std::size_t width) {
  for (const std::string& text : texts) width = std::max(width, text.size());
  const std::vector<char> bytes = padded(texts, width + 1);
  const Handle type = text_type(width);
  const hsize_t count = texts.size();
  const Handle space(count == 0 ? H5Screate(H5S_NULL) : H5Screate_simple(1, &count, nullptr), H5Sclose,
                     "describe a list");
  const Handle attribute = create_attribute(object, name, type, space);
  if (count > 0) check(H5Awrite(attribute, type, bytes.data()), "write the attribute " + name);
}

void overwrite_texts_attribute(hid_t object, const std::string& name, const std::vector<std::string>& texts) {
  const Handle attribute = open_attribute(object, name);
  const Handle type(H5Aget_type(attribute), H5Tclose, "read the attribute " + name);
  const Handle space(H5Aget_space(attribute), H5Sclose, "read the attribute " + name);
  if (H5Sget_simple_extent_npoints(space) != static_cast<hssize_t>(texts.size()))
    throw Failure("write the attribute " + name, "it has another length");
  const std::vector<char> bytes = padded(texts, H5Tget_size(type));
  check(H5Awrite(attribute, type, bytes.data()), "write the attribute " + name);
}

void write_numbers_attribute(hid_t object, const std::string& name, const std::vector<double>& numbers) {
  const hsize_t count = numbers.size();
  const Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose, "describe a list");
  const Handle attribute = create_attribute(object, name, H5T_IEEE_F64LE, space);
  check(H5Awrite(attribute, H5T_NATIVE_DOUBLE, numbers.data()), "write the attribute " + name);
}

void write_attribute(hid_t object, const std::string& name, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::boolean: {
      const std::uint8_t number = value.boolean() ? 1 : 0;
      return write_number_attribute(object, name, H5T_NATIVE_UINT8, &number);
    }
    case Value::Kind::integer: {
      const std::int64_t number = value.integer();
      return write_number_attribute(object, name, H5T_NATIVE_INT64, &number);
    }
    case Value::Kind::number: {
      const double number = value.number();
      return write_number_attribute(object, name, H5T_NATIVE_DOUBLE, &number);
    }
    case Value::Kind::text:
      return write_text_attribute(object, name, value.text(), value.text().size());
    case Value::Kind::list: {
      std::vector<std::string> texts;
      for (const Value& item : value.items()) texts.push_back(item.text());
      return write_texts_attribute(object, name, texts);
    }
    case Value::Kind::null:
    case Value::Kind::map:
      break;
  }
  DESCENT_ASSERT(false, "an attribute is a text, a number, a boolean or a list of texts");
}

bool has_attribute(hid_t object, const std::string& name) {
  const htri_t found = H5Aexists(object, name.c_str());
  check(found, "look for the attribute " + name);
  return found > 0;
}

Value read_attribute(hid_t object, const std::string& name) {
  const Handle attribute = open_attribute(object, name);
  const Handle type(H5Aget_type(attribute), H5Tclose, "read the attribute " + name);
  const Handle space(H5Aget_space(attribute), H5Sclose, "read the attribute " + name);
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  const bool list = H5Sget_simple_extent_type(space) != H5S_SCALAR;
  const auto read = [&](hid_t memory_type, void* out) {
    check(H5Aread(attribute, memory_type, out), "read the attribute " + name);
  };
  const H5T_class_t kind = H5Tget_class(type);
  if (kind == H5T_STRING && H5Tis_variable_str(type) == 0) {
    const std::size_t width = H5Tget_size(type);
    std::vector<char> bytes(width * static_cast<std::size_t>(count));
    if (count > 0) read(type, bytes.data());
    if (!list) return Value::of(trimmed(bytes.data(), width));
    Value texts = Value::list();
    for (std::size_t at = 0; at < bytes.size(); at += width)
      texts.items().push_back(Value::of(trimmed(bytes.data() + at, width)));
    return texts;
  }
  if (list || count != 1) return {};
  if (kind == H5T_FLOAT) {
    double number = 0;
    read(H5T_NATIVE_DOUBLE, &number);
    return Value::of(number);
  }
  if (kind != H5T_INTEGER) return {};
  std::int64_t number = 0;
  read(H5T_NATIVE_INT64, &number);
  return H5Tget_size(type) == 1 ? Value::of(number != 0) : Value::of(number);
}

std::vector<double> read_numbers_attribute(hid_t object, const std::string& name) {
  if (!has_attribute(object, name)) return {};
  const Handle attribute = open_attribute(object, name);
  const Handle space(H5Aget_space(attribute), H5Sclose, "read the attribute " + name);
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  check(count < 0 ? -1 : 0, "read the attribute " + name);
  std::vector<double> numbers(static_cast<std::size_t>(count));
  check(H5Aread(attribute, H5T_NATIVE_DOUBLE, numbers.data()), "read the attribute " + name);
  return numbers;
}

std::vector<std::string> read_texts_attribute(hid_t object, const std::string& name) {
  std::vector<std::string> texts;
  if (!has_attribute(object, name)) return texts;
  const Value list = read_attribute(object, name);
  if (list.is(Value::Kind::list))
    for (const Value& text : list.items()) texts.push_back(text.text());
  return texts;
}

std::vector<std::string> attribute_names(hid_t object) {
  std::vector<std::string> names;
  const auto take = [](hid_t, const char* name, const H5A_info_t*, void* out) -> herr_t {
    static_cast<std::vector<std::string>*>(out)->emplace_back(name);
    return 0;
  };
  check(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, take, &names), "list the attributes");
  std::sort(names.begin(), names.end());
  return names;
}

std::string read_text_attribute(hid_t object, const std::string& name) {
  if (!has_attribute(object, name)) return "";
  const Value value = read_attribute(object, name);
  return value.is(Value::Kind::text) ? value.text() : "";
}

void write_text(hid_t parent, const std::string& path, std::string_view text) {
  const Handle type = text_type(text.size());
  Handle dataset(H5Dcreate2(parent, path.c_str(), type, single(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                 H5Dclose, "create " + path);
  std::vector<char> bytes(text.begin(), text.end());
  bytes.push_back('\0');
  check(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), "write " + path);
  write_checksum(dataset, std::as_bytes(std::span(bytes)));
  dataset.close("close " + path);
}

std::string read_text(hid_t parent, const std::string& path) {
  const Handle dataset = open_dataset(parent, path);
  const Handle type(H5Dget_type(dataset), H5Tclose, "read " + path);
  if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0 || !extents(dataset).empty())
    throw Failure("read " + path + " as a text", "it is something else");
  require_stored(dataset);
  std::vector<char> bytes(H5Tget_size(type));
  check(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), "read " + path);
  return trimmed(bytes.data(), bytes.size());
}

}  // namespace descent::runlog::hdf5
