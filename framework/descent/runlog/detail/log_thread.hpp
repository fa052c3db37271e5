#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "descent/runlog/detail/log_file.hpp"
#include "descent/runlog/detail/log_queue.hpp"
#include "descent/runlog/log_writer.hpp"

namespace descent::runlog {

/// The thread that owns an open log and empties the queues into it. Internal: LogWriter is its face.
class LogThread {
 public:
  LogThread(const std::filesystem::path& path, const LogSchema& schema, JournalWriter journal,
            const LogOptions& options);
  ~LogThread();

  void append_row(std::size_t set, std::int64_t step, double wall_time, std::span<const double> values);
  void append_snapshot(Snapshot snapshot, std::span<const std::byte> values, bool histogram);
  void synchronize();
  void finish(const std::string& status);

  std::int64_t rows_of_set(std::size_t set) const { return set_rows_[set]; }
  std::int64_t rows_of_series(std::size_t series) const { return series_[series].rows; }
  Stalls stalls() const { return stalls_; }

 private:
  struct Series {
    std::string path;
    std::size_t bytes;
    bool histogram;
    std::int64_t rows;
  };
  using Lock = std::unique_lock<std::mutex>;

  void run();
  void write_until_finished(Lock& lock);
  void write_rows(Lock& lock, bool everything);
  void write_snapshots(Lock& lock);
  void throw_if_failed();
  template <class Ready>
  void wait_for_space(Lock& lock, Ready ready);
  /// Waits until the thread has done what was asked for last.
  void wait_until_answered(Lock& lock);

  void tell(const std::string& path, std::int64_t rows) const;

  const std::filesystem::path path_;
  const std::function<void(const LogLength&)> written_;
  hdf5::LogFile file_;
  std::vector<std::string> set_paths_;

  // Touched by the training thread only.
  std::vector<std::int64_t> set_rows_;
  std::vector<Series> series_;
  Stalls stalls_;
  bool reported_ = false;

  std::mutex mutex_;              // guards all below
  std::condition_variable wake_;  // the thread: there is something to do
  std::condition_variable done_;  // the training thread: there is space, or an answer
  std::vector<RowRing> rows_;
  SnapshotQueue snapshots_;
  bool rows_due_ = false;
  bool looks_soon_ = false;  // for rows that are due, without being woken
  std::int64_t asked_ = 0;   // how often synchronize() or finish() was called, and answered
  std::int64_t answered_ = 0;
  bool closing_ = false;
  std::string status_;
  std::string failure_;

  std::thread thread_;
};

}  // namespace descent::runlog
