#include "descent/runlog/detail/log_thread.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "descent/base/error.hpp"
#include "descent/base/exception_text.hpp"

namespace descent::runlog {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds longest_wait{1};
// Where rows were due within a rush, the thread looks for the next ones by itself: to be woken costs the
// training thread 5 µs on a virtual machine, as much as putting 150 rows into the queue.
constexpr std::chrono::milliseconds rush{20}, short_wait{5};

std::size_t largest_snapshot(const LogSchema& schema) {
  std::size_t largest = 0;
  for (const auto* series : {&schema.tensors, &schema.samples})
    for (const TensorSeries& one : *series)
      largest = std::max(largest, static_cast<std::size_t>(one.shape.size()) * sizeof(Scalar));
  for (const HistogramSeries& one : schema.histograms)
    largest = std::max(largest, static_cast<std::size_t>(one.bins) * sizeof(std::int64_t));
  return largest;
}

hdf5::LogFile open_log(const std::filesystem::path& path, const LogSchema& schema) {
  try {
    return hdf5::LogFile(path, schema);
  } catch (const std::exception& failure) {
    throw RunError(fmt::format("cannot write the log '{}': {}", path.string(), exception_text(failure)));
  }
}

}  // namespace

LogThread::LogThread(const std::filesystem::path& path, const LogSchema& schema, JournalWriter journal,
                     const LogOptions& options)
    : path_(path),
      written_(options.written),
      file_(open_log(path, schema)),
      snapshots_(options.queue_bytes, largest_snapshot(schema)) {
  file_.write_journal(std::move(journal));
  for (std::size_t i = 0; i < schema.sets.size(); ++i) {
    rows_.emplace_back(schema.sets[i].columns.size());
    set_paths_.push_back("metrics/" + schema.sets[i].name);
    set_rows_.push_back(file_.set_rows(i));
  }
  const auto add = [&](const std::string& series, std::size_t bytes, bool histogram) {
    series_.push_back({series, bytes, histogram, file_.series_rows(series_.size())});
  };
  for (const TensorSeries& series : schema.tensors)
    add("tensors/" + series.path, static_cast<std::size_t>(series.shape.size()) * sizeof(Scalar), false);
  for (const HistogramSeries& series : schema.histograms)
    add("tensors/" + series.path, static_cast<std::size_t>(series.bins) * sizeof(std::int64_t), true);
  for (const TensorSeries& series : schema.samples)
    add("samples/" + series.path, static_cast<std::size_t>(series.shape.size()) * sizeof(Scalar), false);

  // Signals are for the training thread: the new thread inherits that it takes none.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LogThread::~LogThread() {
  if (!thread_.joinable()) return;
  const bool was_reported = reported_;
  try {
    finish("");
  } catch (const std::exception& failure) {
    // A destructor cannot throw, and nobody else will tell.
    if (!was_reported) std::fprintf(stderr, "descent: %s\n", failure.what());
  }
}

void LogThread::throw_if_failed() {
  if (failure_.empty()) return;
  reported_ = true;
  throw RunError(failure_);
}

template <class Ready>
void LogThread::wait_for_space(Lock& lock, Ready ready) {
  throw_if_failed();
  DESCENT_ASSERT(!closing_, "nothing can be appended to a finished log");
  if (ready()) return;
  const Clock::time_point begin = Clock::now();
  wake_.notify_one();
  done_.wait(lock, [&] { return !failure_.empty() || ready(); });
  ++stalls_.count;
  stalls_.seconds += std::chrono::duration<double>(Clock::now() - begin).count();
  throw_if_failed();
}

void LogThread::append_row(std::size_t set, std::int64_t step, double wall_time,
                           std::span<const double> values) {
  Lock lock(mutex_);
  RowRing& ring = rows_[set];
  DESCENT_ASSERT(values.size() == ring.columns(), "a row has one value for each column of its set");
  wait_for_space(lock, [&] { return !ring.full(); });
  ring.push(step, wall_time, values);
  ++set_rows_[set];
  if (ring.size() == RowRing::due_rows) rows_due_ = true;
  if (ring.size() != (looks_soon_ ? RowRing::capacity / 2 : RowRing::due_rows)) return;
  lock.unlock();
  wake_.notify_one();
}

void LogThread::append_snapshot(Snapshot snapshot, std::span<const std::byte> values, bool histogram) {
  Series& series = series_[snapshot.series];
  DESCENT_ASSERT(values.size() == series.bytes, "a snapshot has the size its series was declared with");
  DESCENT_ASSERT(histogram == series.histogram, "a histogram has limits, a tensor has none");
  {
    Lock lock(mutex_);
    wait_for_space(lock, [&] { return (snapshot.values = snapshots_.reserve(values.size())) != nullptr; });
  }
  // Reserved space belongs to this thread: the copy need not keep the writer waiting.
  std::memcpy(snapshot.values, values.data(), values.size());
  {
    const Lock lock(mutex_);
    snapshots_.push(snapshot);
  }
  ++series.rows;
  wake_.notify_one();
}

void LogThread::wait_until_answered(Lock& lock) {
  const std::int64_t request = ++asked_;
  wake_.notify_one();
  done_.wait(lock, [&] { return !failure_.empty() || answered_ >= request; });
}

void LogThread::synchronize() {
  Lock lock(mutex_);
  throw_if_failed();
  DESCENT_ASSERT(!closing_, "a finished log is on the disk");
  wait_until_answered(lock);
  throw_if_failed();
}

void LogThread::finish(const std::string& status) {
  DESCENT_ASSERT(thread_.joinable(), "a log is finished once");
  {
    Lock lock(mutex_);
    closing_ = true;
    status_ = status;
    wait_until_answered(lock);
  }
  thread_.join();
  throw_if_failed();
}

void LogThread::run() {
  // Where every core is busy, it then does not take the training thread's from it when it is woken: there is
  // time to write until the queue is full. Where it is not allowed, all goes on as before.
  constexpr sched_param plain{};
  pthread_setschedparam(pthread_self(), SCHED_BATCH, &plain);
  snapshots_.fault_in();
  Lock lock(mutex_);
  try {
    write_until_finished(lock);
  } catch (const std::exception& failure) {
    if (!lock.owns_lock()) lock.lock();
    failure_ = fmt::format("cannot write the log '{}': {}; it keeps what was written before", path_.string(),
                           failure.what());
    file_.abandon();
    done_.notify_all();
  }
}

void LogThread::write_until_finished(Lock& lock) {
  Clock::time_point now = Clock::now(), deadline = now + longest_wait, last_due = now - rush;
  for (;;) {
    wake_.wait_until(lock, looks_soon_ ? std::min(deadline, now + short_wait) : deadline,
                     [&] { return rows_due_ || !snapshots_.empty() || asked_ > answered_; });
    now = Clock::now();
    const bool late = now >= deadline;
    if (rows_due_) last_due = now;
    looks_soon_ = now - last_due < rush;
    const std::int64_t request = asked_;
    const bool requested = request > answered_;
    rows_due_ = false;
    write_rows(lock, late || requested);
    write_snapshots(lock);
    if (late) deadline = Clock::now() + longest_wait;
    if (!requested) continue;
    const bool closing = closing_;
    lock.unlock();
    file_.synchronize();
    if (closing) file_.close(status_);
    lock.lock();
    answered_ = request;
    done_.notify_all();
    if (closing) return;
  }
}

void LogThread::tell(const std::string& path, std::int64_t rows) const {
  if (written_) written_({path, rows});
}

void LogThread::write_rows(Lock& lock, bool everything) {
  for (std::size_t set = 0; set < rows_.size(); ++set) {
    RowRing& ring = rows_[set];
    const std::size_t count = ring.size();
    if (count == 0 || !(everything || ring.due())) continue;
    lock.unlock();
    file_.write_rows(set, static_cast<std::int64_t>(count),
                     [&](std::int64_t i) { return ring.row(static_cast<std::size_t>(i)); });
    tell(set_paths_[set], file_.set_rows(set));
    lock.lock();
    ring.pop(count);
    if (ring.due()) rows_due_ = true;
    done_.notify_all();
  }
}

void LogThread::write_snapshots(Lock& lock) {
  while (!snapshots_.empty()) {
    const Snapshot snapshot = snapshots_.front();
    lock.unlock();
    file_.write_snapshot(snapshot.series, snapshot.step, snapshot.values,
                         series_[snapshot.series].histogram ? snapshot.limits : nullptr);
    tell(series_[snapshot.series].path, file_.series_rows(snapshot.series));
    lock.lock();
    snapshots_.pop();
    done_.notify_all();
  }
}

}  // namespace descent::runlog
