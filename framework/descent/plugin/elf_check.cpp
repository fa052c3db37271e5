#include "descent/plugin/elf_check.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <vector>

#include "descent/base/error.hpp"

namespace descent {

namespace {

#if defined(__x86_64__)
constexpr unsigned this_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr unsigned this_machine = EM_AARCH64;
#else
#error "the loader knows x86-64 and aarch64"
#endif

std::string machine_name(unsigned machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86-64";
    case EM_386:
      return "32-bit x86";
    case EM_AARCH64:
      return "aarch64";
    case EM_ARM:
      return "32-bit ARM";
    case EM_PPC64:
      return "64-bit PowerPC";
    case EM_RISCV:
      return "RISC-V";
    case EM_S390:
      return "S/390";
    default:
      return fmt::format("machine number {}", machine);
  }
}

// Reads pieces of the file; whoever asks for more than there is learns that the file was cut short.
class ElfFile {
 public:
  explicit ElfFile(const std::filesystem::path& path) : path_(path) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status)) refuse("there is no such file");
    if (std::filesystem::is_directory(status)) refuse("this is a directory, not a plugin library");
    if (!std::filesystem::is_regular_file(status))
      refuse("this is no regular file, and so no plugin library");
    size_ = std::filesystem::file_size(path, error);
    file_.open(path, std::ios::binary);
    if (error || !file_) refuse("this file cannot be read; check its permissions");
    if (size_ == 0) refuse("this file is empty");
  }

  [[noreturn]] void refuse(const std::string& sentence) const {
    throw Error(fmt::format("{}: {}", path_.string(), sentence));
  }

  void expect(std::uint64_t offset, std::uint64_t bytes) const {
    if (offset > size_ || bytes > size_ - offset)
      refuse(
          fmt::format("this library is cut short: it has {} bytes, and its headers speak of more; build or "
                      "copy it again",
                      size_));
  }

  template <class T>
  std::vector<T> read(std::uint64_t offset, std::uint64_t count) {
    expect(offset, count * sizeof(T));
    std::vector<T> items(count);
    file_.seekg(static_cast<std::streamoff>(offset));
    file_.read(reinterpret_cast<char*>(items.data()), static_cast<std::streamsize>(count * sizeof(T)));
    if (!file_) refuse("this file cannot be read");
    return items;
  }

  std::uint64_t size() const { return size_; }

 private:
  std::filesystem::path path_;
  std::ifstream file_;
  std::uint64_t size_ = 0;
};

Elf64_Ehdr read_header(ElfFile& file) {
  const auto identification = file.read<unsigned char>(0, std::min<std::uint64_t>(file.size(), EI_NIDENT));
  if (identification.size() < SELFMAG || std::memcmp(identification.data(), ELFMAG, SELFMAG) != 0)
    file.refuse("this is no shared library (it has no ELF header)");
  file.expect(0, EI_NIDENT);
  if (identification[EI_CLASS] != ELFCLASS64) file.refuse("this library is not for 64-bit machines");
  if (identification[EI_DATA] != ELFDATA2LSB) file.refuse("this library is for big-endian machines");
  const Elf64_Ehdr header = file.read<Elf64_Ehdr>(0, 1)[0];
  if (header.e_machine != this_machine)
    file.refuse(fmt::format("this library is for another architecture: {}, and this machine is {}",
                            machine_name(header.e_machine), machine_name(this_machine)));
  if (header.e_type != ET_DYN)
    file.refuse("this is an ELF file, but no shared library; link it as a module (descent_add_plugin does)");
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0)
    file.refuse("this library's program headers are damaged");
  return header;
}

void check_section_names(ElfFile& file, const Elf64_Ehdr& header, const std::vector<Elf64_Shdr>& sections) {
  if (header.e_shstrndx >= sections.size()) file.refuse("this library's section headers are damaged");
  const Elf64_Shdr& names = sections[header.e_shstrndx];
  const auto text = file.read<char>(names.sh_offset, names.sh_size);
  bool sound = !text.empty() && text.back() == '\0';
  for (const Elf64_Shdr& section : sections) sound = sound && section.sh_name < text.size();
  if (!sound) file.refuse("this library's section names are damaged");
}

}  // namespace

void check_shared_library(const std::filesystem::path& path) {
  ElfFile file(path);
  const Elf64_Ehdr header = read_header(file);
  for (const Elf64_Phdr& segment : file.read<Elf64_Phdr>(header.e_phoff, header.e_phnum))
    file.expect(segment.p_offset, segment.p_filesz);
  if (header.e_shnum == 0 || header.e_shentsize != sizeof(Elf64_Shdr))
    file.refuse("not a Descent plugin: its section headers were removed, and with them the plugin's marks");
  const auto sections = file.read<Elf64_Shdr>(header.e_shoff, header.e_shnum);
  for (const Elf64_Shdr& section : sections)
    if (section.sh_type != SHT_NOBITS && section.sh_type != SHT_NULL)
      file.expect(section.sh_offset, section.sh_size);
  check_section_names(file, header, sections);
}

}  // namespace descent
