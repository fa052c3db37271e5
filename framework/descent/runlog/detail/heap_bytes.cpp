#include "descent/runlog/detail/heap_bytes.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

namespace descent::runlog::hdf5 {

namespace {

Failure not_found(const std::string& what) {
  return {"find what HDF5 keeps in its heap", what};
}

}  // namespace

template <class Number>
Number number_at(std::string_view bytes, std::size_t at) {
  if (at > bytes.size() || sizeof(Number) > bytes.size() - at) throw not_found("it is cut short");
  Number number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}
template std::uint8_t number_at(std::string_view, std::size_t);
template std::uint16_t number_at(std::string_view, std::size_t);
template std::uint32_t number_at(std::string_view, std::size_t);
template std::uint64_t number_at(std::string_view, std::size_t);

FileBytes::FileBytes(hid_t file) : descriptor_(descriptor(file)) {
  struct stat status {};
  if (fstat(descriptor_, &status) != 0) throw not_found("the file cannot be looked at");
  size_ = static_cast<std::uint64_t>(status.st_size);
}

std::string FileBytes::read(std::uint64_t address, std::uint64_t count) const {
  if (count > size_ || address > size_ - count) throw not_found("it would be behind the end of the file");
  if (image_) return image_->substr(address, count);
  std::string bytes(count, '\0');
  if (pread(descriptor_, bytes.data(), count, static_cast<off_t>(address)) != static_cast<ssize_t>(count))
    throw not_found("the file cannot be read");
  return bytes;
}

std::string_view GlobalHeap::object(std::uint64_t collection, std::uint32_t index) {
  auto found = collections_.find(collection);
  if (found == collections_.end()) found = collections_.emplace(collection, read(collection)).first;
  const auto object = found->second.objects.find(index);
  if (object == found->second.objects.end()) throw not_found("it is not where it should be");
  return std::string_view(found->second.bytes).substr(object->second.begin, object->second.size);
}

GlobalHeap::Collection GlobalHeap::read(std::uint64_t address) {
  constexpr std::size_t head = 16, object_head = 16, alignment = 8;
  const std::string start = file_.read(address, head);
  if (!start.starts_with("GCOL") || start[4] != 1) throw not_found("it is not where it should be");
  const auto size_of_all = number_at<std::uint64_t>(start, 8);
  if (size_of_all > left_) throw not_found("it takes more bytes than its file has");
  left_ -= size_of_all;
  Collection collection{file_.read(address, size_of_all), {}};
  const std::string_view bytes = collection.bytes;
  for (std::size_t at = head; at + object_head <= bytes.size();) {
    const auto index = number_at<std::uint16_t>(bytes, at);
    const auto size = number_at<std::uint64_t>(bytes, at + 8);
    at += object_head;
    if (index == 0) break;  // what is free
    if (size > bytes.size() - at) throw not_found("it is longer than its place");
    collection.objects.emplace(index, Place{at, size});
    at += (size + alignment - 1) / alignment * alignment;
  }
  return collection;
}

namespace {

constexpr std::uint8_t layout_message = 0x08, continuation_message = 0x10;

/// Goes through the messages of an object header, with its continuations.
class HeaderMessages {
 public:
  HeaderMessages(const FileBytes& file, bool with_order) : file_(file), with_order_(with_order) {}

  std::optional<std::string> find_layout(std::string_view messages) {
    const std::size_t head = with_order_ ? 6 : 4;
    for (std::size_t at = 0; at + head <= messages.size();) {
      const auto type = number_at<std::uint8_t>(messages, at);
      const auto size = number_at<std::uint16_t>(messages, at + 1);
      at += head;
      if (size > messages.size() - at) throw not_found("its header is damaged");
      const std::string_view content = messages.substr(at, size);
      if (type == layout_message) return std::string(content);
      if (type == continuation_message)
        if (auto found =
                in_continuation(number_at<std::uint64_t>(content, 0), number_at<std::uint64_t>(content, 8)))
          return found;
      at += size;
    }
    return std::nullopt;
  }

 private:
  std::optional<std::string> in_continuation(std::uint64_t address, std::uint64_t length) {
    constexpr std::size_t signature = 4, checksum = 4;
    constexpr int most = 100;
    if (++continuations_ > most || length < signature + checksum) throw not_found("its header is damaged");
    const std::string block = file_.read(address, length);
    if (!block.starts_with("OCHK")) throw not_found("its header is damaged");
    return find_layout(std::string_view(block).substr(signature, length - signature - checksum));
  }

  const FileBytes& file_;
  bool with_order_;
  int continuations_ = 0;
};

}  // namespace

std::optional<HeapPlace> virtual_mappings(const FileBytes& file, std::uint64_t header) {
  constexpr std::size_t fixed = 6, longest = fixed + 16 + 4 + 8;
  const std::string start =
      file.read(header, std::min<std::uint64_t>(longest, file.size() - std::min(header, file.size())));
  if (!start.starts_with("OHDR"))
    return std::nullopt;  // of an older format, which has no virtual datasets of ours
  const auto flags = number_at<std::uint8_t>(start, 5);
  const std::size_t size_at = fixed + ((flags & 0x20U) != 0 ? 16 : 0) + ((flags & 0x10U) != 0 ? 4 : 0);
  const std::size_t size_bytes = std::size_t{1} << (flags & 3U);
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < size_bytes; ++i)
    size |= std::uint64_t{number_at<std::uint8_t>(start, size_at + i)} << (8 * i);
  const std::string messages = file.read(header + size_at + size_bytes, size);
  const auto layout = HeaderMessages(file, (flags & 4U) != 0).find_layout(messages);
  constexpr std::uint8_t version = 4, virtual_class = 3;
  if (!layout || number_at<std::uint8_t>(*layout, 0) != version ||
      number_at<std::uint8_t>(*layout, 1) != virtual_class)
    return std::nullopt;
  return HeapPlace{number_at<std::uint64_t>(*layout, 2), number_at<std::uint32_t>(*layout, 10)};
}

}  // namespace descent::runlog::hdf5
