#include "descent/data/prefetcher.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "descent/base/error.hpp"

namespace descent::data {

struct Prefetcher::State {
  explicit State(const Sampler& original) : sampler(original) {}

  // While `filling` is set all but the flags is the thread's, otherwise the owner's.
  DirectSource direct;
  Sampler sampler;
  std::vector<Batch> batches;
  std::int64_t step = 0;  // that the batches are of; 0: of none
  Sampler::Cursor begin;  // where the sampler stood before them
  std::exception_ptr failure;

  std::mutex mutex;
  std::condition_variable changed;
  bool filling = false;
  bool stop = false;
  std::thread thread;

  void fill() {
    try {
      direct.next(step, sampler, batches);
    } catch (...) {
      failure = std::current_exception();
    }
  }

  void work() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return stop || filling; });
      if (!filling) return;
      lock.unlock();
      fill();
      lock.lock();
      filling = false;
      changed.notify_all();
    }
  }
};

Prefetcher::Prefetcher(const Sampler& sampler, const Fields& fields, std::int64_t capacity,
                       std::size_t batches)
    : state_(std::make_unique<State>(sampler)) {
  for (std::size_t i = 0; i < batches; ++i) state_->batches.emplace_back(fields, capacity);
  state_->thread = std::thread([state = state_.get()] { state->work(); });
}

Prefetcher::~Prefetcher() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  state_->changed.notify_all();
  state_->thread.join();
}

void Prefetcher::wait() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] { return !state_->filling; });
}

void Prefetcher::announce(std::int64_t step, const Sampler::Cursor& cursor) {
  wait();
  State& s = *state_;
  s.step = step;
  s.begin = cursor;
  s.failure = nullptr;
  if (!(s.sampler.cursor() == cursor)) s.sampler.set_cursor(cursor);
  {
    const std::lock_guard lock(s.mutex);
    s.filling = true;
  }
  s.changed.notify_all();
}

void Prefetcher::next(std::int64_t step, Sampler& sampler, std::vector<Batch>& batches) {
  if (take(step, sampler, batches))
    ++taken_;
  else
    state_->direct.next(step, sampler, batches);
}

// If what was announced is for `step` and for the sampler's position: swaps it with `batches`, advances the sampler and
// returns true, or rethrows what filling it threw. Otherwise returns false and changes nothing.
bool Prefetcher::take(std::int64_t step, Sampler& sampler, std::vector<Batch>& batches) {
  wait();
  State& s = *state_;
  if (s.step != step || !(s.begin == sampler.cursor())) return false;
  s.step = 0;
  if (s.failure) std::rethrow_exception(std::exchange(s.failure, nullptr));
  DESCENT_ASSERT(batches.size() == s.batches.size(), "a step has as many batches as are prefetched");
  std::swap(batches, s.batches);
  sampler.set_cursor(s.sampler.cursor());
  return true;
}

}  // namespace descent::data
