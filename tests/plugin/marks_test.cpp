#include <elf.h>
#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>

#include "descent/plugin/library.hpp"
#include "plugin/plugin_files.hpp"

using namespace plugin_test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using descent::PluginKind;
using descent::read_marks;

static std::string refusal(const fs::path& file) {
  const std::string message = error_of([&] { read_marks(file); });
  INFO(message);
  CHECK_THAT(message, StartsWith(file.string() + ": "));
  // What cannot be read cannot be loaded either, and the process lives on.
  std::vector<std::string> warnings;
  CHECK(error_of([&] { descent::load_library(file, warnings); }) != "no error");
  return message;
}

static void check_sound(const fs::path& file) {
  INFO(file);
  const descent::LibraryMarks marks = read_marks(file);
  REQUIRE(marks.plugins.size() == 1);
  CHECK(marks.plugins[0].kind == PluginKind::optimizer);
  CHECK(marks.plugins[0].name == "test_descent");
  CHECK(descent::abi_differences(marks.abi).empty());
  std::vector<std::string> warnings;
  const auto descriptors = descent::load_library(file, warnings);
  REQUIRE(descriptors.size() == 1);
  CHECK(std::string(descriptors[0]->name) == "test_descent");
  CHECK(warnings.empty());
}

TEST_CASE("a library's marks say what it holds and what it was built for") {
  check_sound(sound_library);
  CHECK(read_marks(sound_library).abi == descent::host_abi());
}

TEST_CASE("one library may hold several plugins") {
  std::vector<std::string> names;
  for (const auto& mark : read_marks(good / "optimizer_test_norms.so").plugins) names.push_back(mark.name);
  CHECK(names == std::vector<std::string>{"test_norm_group", "test_norm_player", "test_norm_tensor"});
  std::vector<std::string> warnings;
  CHECK(descent::load_library(good / "optimizer_test_norms.so", warnings).size() == 3);
}

TEST_CASE("the marks survive strip") {
  const Scratch scratch;
  const fs::path stripped = scratch / "stripped.so";
  const std::string command = "strip -s -o '" + stripped.string() + "' '" + sound_library.string() + "'";
  REQUIRE(std::system(command.c_str()) == 0);
  REQUIRE(fs::file_size(stripped) < fs::file_size(sound_library));
  check_sound(stripped);
}

TEST_CASE("the marks survive link-time optimization and the removal of unused sections") {
  check_sound(variants / "optimizer_lto.so");
  check_sound(variants / "optimizer_gc_sections.so");
}

TEST_CASE("a plugin built with the other compiler is as good") {
  const fs::path library = variants / "optimizer_clang.so";
  if (!fs::exists(library)) {
    WARN("left out: a plugin built by clang++, which is not here, or this build has sanitizers");
    return;
  }
  check_sound(library);
}

TEST_CASE("what is no library is refused with a sentence of its own") {
  const Scratch scratch;
  CHECK_THAT(refusal(scratch / "nothing.so"), Contains("there is no such file"));
  CHECK_THAT(refusal(scratch.path()), Contains("this is a directory"));
  CHECK_THAT(refusal("/dev/null"), Contains("no regular file"));
  CHECK_THAT(refusal(scratch.write("empty.so", "")), Contains("this file is empty"));
  CHECK_THAT(refusal(scratch.write("text.so", "#!/bin/sh\necho 'a script'\n")), Contains("no ELF header"));
  CHECK_THAT(refusal(scratch.write("short_text.so", "x")), Contains("no ELF header"));
  CHECK_THAT(refusal("/proc/self/exe"), !Contains("no error"));
}

TEST_CASE("a library for another machine is refused") {
  const Scratch scratch;
  const std::string sound = bytes_of(sound_library);
  const auto patched = [&](std::size_t offset, std::uint16_t value, const std::string& name) {
    std::string bytes = sound;
    std::memcpy(bytes.data() + offset, &value, sizeof value);
    return refusal(scratch.write(name, bytes));
  };
  CHECK_THAT(patched(offsetof(Elf64_Ehdr, e_machine), EM_RISCV, "riscv.so"),
             Contains("another architecture: RISC-V, and this machine is"));
  CHECK_THAT(patched(EI_CLASS, ELFCLASS32 | ELFDATA2LSB << 8, "narrow.so"), Contains("not for 64-bit"));
  CHECK_THAT(patched(EI_CLASS, ELFCLASS64 | ELFDATA2MSB << 8, "big.so"), Contains("big-endian"));
  CHECK_THAT(patched(offsetof(Elf64_Ehdr, e_type), ET_REL, "object.so"), Contains("no shared library"));
}

TEST_CASE("a library that was cut short is refused at every length") {
  const Scratch scratch;
  const std::string sound = bytes_of(sound_library);
  const std::size_t stride = sound.size() / 97;
  for (std::size_t length = 16; length < sound.size(); length += length < 128 ? 1 : stride) {
    INFO(length << " of " << sound.size() << " bytes");
    CHECK_THAT(refusal(scratch.write("cut.so", sound.substr(0, length))), Contains("cut short"));
  }
  CHECK_THAT(refusal(scratch.write("cut.so", sound.substr(0, sound.size() - 1))), Contains("cut short"));
}

TEST_CASE("damaged headers are refused or read, and nothing worse") {
  const Scratch scratch;
  const std::string sound = bytes_of(sound_library);
  Elf64_Ehdr header;
  std::memcpy(&header, sound.data(), sizeof header);
  const auto sections = static_cast<std::size_t>(header.e_shoff);
  REQUIRE(rc::check("any byte of the headers may be wrong", [&] {
    std::string bytes = sound;
    const bool in_header = *rc::gen::arbitrary<bool>();
    const std::size_t place = in_header ? *rc::gen::inRange<std::size_t>(0, sizeof header)
                                        : *rc::gen::inRange<std::size_t>(sections, sound.size());
    bytes[place] = *rc::gen::arbitrary<char>();
    const fs::path file = scratch.write("damaged.so", bytes);
    try {
      RC_ASSERT(!read_marks(file).plugins.empty());
    } catch (const descent::Error& error) {
      RC_ASSERT(std::string(error.what()).starts_with(file.string() + ": "));
    }
  }));
}

TEST_CASE("a library without marks is no plugin") {
  CHECK_THAT(refusal(bad / "optimizer_no_marks.so"),
             Contains("not a Descent plugin (macro missing, or gcc LTO linked with lld)"));
  // libdescent itself is a sound library, and holds none.
  CHECK_THAT(refusal(build / "lib/libdescent.so"), Contains("not a Descent plugin"));
}

TEST_CASE("a library whose files were built differently is refused") {
  CHECK_THAT(refusal(bad / "optimizer_mixed.so"),
             Contains("its source files were built with different settings"));
}
