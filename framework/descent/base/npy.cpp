#include "descent/base/npy.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <string>

namespace descent {

static_assert(std::endian::native == std::endian::little, "'<' is taken for this machine's byte order");

NpyProblem::~NpyProblem() = default;

namespace {

constexpr std::string_view magic = "\x93NUMPY";
// numpy itself refuses headers of more than 10,000 characters unless it is asked to trust the file.
constexpr std::uint64_t longest_header = std::uint64_t{1} << 20;

// What follows `'key':` in the header, which is a Python dictionary.
std::optional<std::string_view> value_of(std::string_view header, std::string_view key) {
  for (const char quote : {'\'', '"'}) {
    const std::string quoted = fmt::format("{}{}{}:", quote, key, quote);
    const std::size_t at = header.find(quoted);
    if (at == std::string_view::npos) continue;
    std::string_view rest = header.substr(at + quoted.size());
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    return rest;
  }
  return std::nullopt;
}

std::vector<std::int64_t> parse_shape(std::string_view text) {
  const std::size_t close = text.find(')');
  if (!text.starts_with('(') || close == std::string_view::npos) throw NpyProblem("has a damaged header");
  text = text.substr(1, close - 1);
  std::vector<std::int64_t> extents;
  while (!text.empty()) {
    if (text.front() == ' ' || text.front() == ',' || text.front() == 'L') {  // Python 2 wrote `60000L`
      text.remove_prefix(1);
      continue;
    }
    std::int64_t extent = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), extent);
    if (problem != std::errc() || extent < 0) throw NpyProblem("has a damaged header");
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    extents.push_back(extent);
  }
  return extents;
}

std::uint64_t size_of(const std::vector<std::int64_t>& extents, Element element) {
  std::uint64_t size = element_size(element);
  for (const std::int64_t extent : extents)
    if (__builtin_mul_overflow(size, static_cast<std::uint64_t>(extent), &size))
      throw NpyProblem("is damaged: its header announces more bytes than a file can hold");
  return size;
}

[[noreturn]] void refuse_type(std::string_view type) {
  const char kind = type.size() > 1 ? type[1] : ' ';
  const char* hint = "convert it with numpy's astype('float32')";
  if (kind == 'c') hint = "they are complex numbers; save a.real and a.imag, side by side or as two arrays";
  if (kind == 'O')
    hint =
        "they are Python objects; save numpy.array(a.tolist(), dtype='float32'), or each array of a list by "
        "itself";
  if (kind == 'U' || kind == 'S')
    hint = "they are texts; save numpy.unique(a, return_inverse=True)[1], the indices of their classes";
  if (kind == 'V') hint = "they are records; save each field by itself: numpy.save('x.npy', a['x'])";
  if (kind == 'M' || kind == 'm') hint = "they are times; convert them with numpy's astype('int64')";
  throw NpyProblem(fmt::format(
      "holds elements of numpy's type '{}', and bool, int8 to int64, uint8 to uint64, float16, float32 and "
      "float64 are read: {}",
      type, hint));
}

Element element_of(std::string_view type) {
  struct Known {
    std::string_view code;
    Element element;
  };
  static constexpr std::array known = {
      Known{"b1", Element::boolean}, Known{"u1", Element::uint8},   Known{"i1", Element::int8},
      Known{"u2", Element::uint16},  Known{"i2", Element::int16},   Known{"u4", Element::uint32},
      Known{"i4", Element::int32},   Known{"u8", Element::uint64},  Known{"i8", Element::int64},
      Known{"f2", Element::float16}, Known{"f4", Element::float32}, Known{"f8", Element::float64}};
  if (type.size() == 3 && std::string_view("<>|=").find(type[0]) != std::string_view::npos)
    for (const Known& one : known)
      if (type.substr(1) == one.code) return one.element;
  refuse_type(type);
}

NpyHeader parse_dictionary(std::string_view text) {
  const auto type = value_of(text, "descr"), order = value_of(text, "fortran_order"),
             shape = value_of(text, "shape");
  if (!type || !order || !shape || type->empty()) throw NpyProblem("has a damaged header");
  if (type->starts_with('[')) refuse_type("|V");
  const std::size_t quote = type->find(type->front(), 1);
  if ((type->front() != '\'' && type->front() != '"') || quote == std::string_view::npos)
    throw NpyProblem("has a damaged header");
  NpyHeader header;
  const std::string_view code = type->substr(1, quote - 1);
  header.element = element_of(code);
  header.swapped = code.front() == '>';
  header.fortran = order->starts_with("True");
  if (!header.fortran && !order->starts_with("False")) throw NpyProblem("has a damaged header");
  header.extents = parse_shape(*shape);
  header.data_size = size_of(header.extents, header.element);
  return header;
}

}  // namespace

NpyHeader read_npy_header(std::uint64_t size, const ReadBytes& read) {
  std::array<unsigned char, 12> start{};
  const auto take = [&](std::size_t begin, std::size_t count) {
    read(reinterpret_cast<std::byte*>(start.data() + begin), count);
  };
  const std::size_t fixed = magic.size() + 2;
  if (size < fixed) throw NpyProblem("is no .npy file");
  take(0, fixed);
  if (std::memcmp(start.data(), magic.data(), magic.size()) != 0) throw NpyProblem("is no .npy file");
  const int version = start[magic.size()];
  if (version < 1 || version > 3)
    throw NpyProblem(fmt::format("is in version {} of numpy's format; 1 to 3 are read", version));
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  if (size < fixed + length_bytes) throw NpyProblem("is cut short");
  take(fixed, length_bytes);
  std::uint64_t length = 0;
  for (std::size_t i = length_bytes; i-- > 0;) length = length << 8 | start[fixed + i];
  const std::uint64_t data_offset = fixed + length_bytes + length;
  if (size < data_offset) throw NpyProblem("is cut short");
  if (length > longest_header) throw NpyProblem("has a damaged header");
  std::string text(static_cast<std::size_t>(length), '\0');
  read(reinterpret_cast<std::byte*>(text.data()), text.size());
  NpyHeader header = parse_dictionary(text);
  header.data_offset = static_cast<std::size_t>(data_offset);
  const std::uint64_t held = size - data_offset;
  if (held != header.data_size)
    throw NpyProblem(fmt::format("{}: it holds {} bytes of elements, its header announces {}",
                                 held < header.data_size ? "is cut short" : "is longer than its header says",
                                 held, header.data_size));
  return header;
}

// Element (i, j, …) of Fortran's order lies at i + rows·(j + …).
static void transpose(const std::byte* from, std::byte* to, std::size_t element,
                      const std::vector<std::int64_t>& extents) {
  const std::size_t rank = extents.size();
  std::vector<std::size_t> stride(rank, element);
  std::vector<std::int64_t> index(rank, 0);
  std::size_t count = 1;
  for (std::size_t d = 0; d < rank; ++d) {
    if (d > 0) stride[d] = stride[d - 1] * static_cast<std::size_t>(extents[d - 1]);
    count *= static_cast<std::size_t>(extents[d]);
  }
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i, to += element) {
    std::memcpy(to, from + at, element);
    for (std::size_t d = rank; d-- > 0;) {
      at += stride[d];
      if (++index[d] < extents[d]) break;
      at -= stride[d] * static_cast<std::size_t>(extents[d]);
      index[d] = 0;
    }
  }
}

ElementArray row_major(const NpyHeader& header, std::unique_ptr<std::byte[]> elements) {
  ElementArray array{header.element, header.extents, std::move(elements)};
  if (header.swapped) swap_bytes(array.element, array.bytes.get(), array.count());
  if (!header.fortran || header.extents.size() < 2) return array;
  auto ordered = std::make_unique_for_overwrite<std::byte[]>(header.data_size);
  transpose(array.bytes.get(), ordered.get(), element_size(array.element), array.extents);
  array.bytes = std::move(ordered);
  return array;
}

ElementArray read_npy(std::uint64_t size, const ReadBytes& read) {
  const NpyHeader header = read_npy_header(size, read);
  auto elements = std::make_unique_for_overwrite<std::byte[]>(header.data_size);
  read(elements.get(), header.data_size);
  return row_major(header, std::move(elements));
}

}  // namespace descent
