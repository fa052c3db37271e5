#pragma once

#include <filesystem>
#include <string>
#include <string_view>

/// Files that are there whole or not at all. What is written is never written through a symbolic link. Internal.
namespace descent::runlog {

/// `file` with `.part` behind its name: what is not yet whole.
std::filesystem::path part_of(const std::filesystem::path& file);

/// Renames `part_of(file)` to `file`, replacing it. Throws RunError.
void publish(const std::filesystem::path& file);

/// The same, and a power cut after it finds the new file: fsyncs the file before and the directory after.
void publish_durably(const std::filesystem::path& file);

/// Throws RunError where a file that is to be written in place is a symbolic link.
void require_no_link(const std::filesystem::path& file);

/// Waits until a file's content, or a directory's names, are on the disk (fsync). Throws RunError.
void put_on_disk(const std::filesystem::path& path);

/// Waits until a folder has its name on the disk, and so have the folders that it is in, as far as they may be opened.
/// Throws RunError where the disk fails.
void put_name_on_disk(const std::filesystem::path& folder);

/// Writes `text` into a new file, which replaces one of its name, and nothing else. Throws RunError.
void write_file(const std::filesystem::path& file, std::string_view text);

/// Writes `text` to `part_of(file)` and publishes it; not fsynced. Throws RunError, and removes what was written.
void replace_file(const std::filesystem::path& file, std::string_view text);

/// Adds a line to a file and fsyncs it. A line that a kill had cut off is ended first. Throws RunError.
void append_durably(const std::filesystem::path& path, const std::string& line);

/// Writes `text` to `part_of(file)` and publishes it durably. Throws RunError, and removes what was written.
void write_durably(const std::filesystem::path& file, const std::string& text);

}  // namespace descent::runlog
