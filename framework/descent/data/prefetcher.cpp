#include "descent/data/prefetcher.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "descent/base/error.hpp"
#include "descent/base/floating_point_state.hpp"
#include "descent/base/parallel.hpp"

namespace descent::data {

struct Prefetcher::State {
  // The batches of one step.
  struct Filled {
    std::vector<Batch> batches;
    Sampler::Cursor end;  // where the sampler is after them
    std::exception_ptr failure;
  };

  State(const Sampler& original, std::size_t depth) : sampler(original), ring(depth) {}

  // While `filling` is set, the sampler and the first free place of the ring are the thread's. All else is guarded.
  DirectSource direct;
  Sampler sampler;
  std::vector<Filled> ring;
  std::size_t first = 0, count = 0;  // the places that are filled
  std::int64_t step = 0;             // that the first of them is of, or that is filled next; 0: of none
  Sampler::Cursor begin;             // where the sampler was before it
  std::int64_t last = 0;             // no step after it is filled
  bool failed = false;               // the last place that was filled holds a failure: nothing follows it

  std::mutex mutex;
  std::condition_variable changed;
  bool wanted = false;  // nothing is begun otherwise
  bool filling = false;
  bool stop = false;
  std::thread thread;

  bool has_more() const {
    return step > 0 && !failed && count < ring.size() && step + static_cast<std::int64_t>(count) <= last;
  }

  void fill(Filled& place, std::int64_t of_step) {
    const FloatingPointState numbers;
    try {
      direct.next(of_step, sampler, place.batches);
    } catch (...) {
      place.failure = std::current_exception();
    }
    if (numbers.changed()) numbers.restore();  // by a data set: its next batch shall not depend on this one's
    place.end = sampler.cursor();
  }

  void work() {
    const OnThisThreadOnly beside_the_training;
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return stop || (wanted && has_more()); });
      if (stop) return;
      filling = true;
      Filled& place = ring[(first + count) % ring.size()];
      const std::int64_t of_step = step + static_cast<std::int64_t>(count);
      lock.unlock();
      fill(place, of_step);
      lock.lock();
      filling = false;
      failed = place.failure != nullptr;
      ++count;
      changed.notify_all();
    }
  }

  void pause(std::unique_lock<std::mutex>& lock) {
    wanted = false;
    changed.wait(lock, [&] { return !filling; });
  }

  void drop_all() {
    for (Filled& place : ring) place.failure = nullptr;
    first = count = 0;
    step = 0;
    failed = false;
  }
};

Prefetcher::Prefetcher(const Sampler& sampler, const Fields& fields, std::int64_t capacity,
                       std::size_t batches, std::size_t depth)
    : state_(std::make_unique<State>(sampler, depth)) {
  for (State::Filled& place : state_->ring)
    for (std::size_t i = 0; i < batches; ++i) place.batches.emplace_back(fields, capacity);
  try {
    state_->thread = std::thread([state = state_.get()] { state->work(); });
  } catch (const std::system_error& error) {
    throw RunError(fmt::format("there is no thread for 'trainer.prefetch': {}", error.code().message()));
  }
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
  state_->pause(lock);
}

void Prefetcher::announce(std::int64_t step, const Sampler::Cursor& cursor, std::int64_t last) {
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  if (s.step != step || !(s.begin == cursor)) {
    s.pause(lock);
    s.drop_all();
    s.step = step;
    s.begin = cursor;
    if (!(s.sampler.cursor() == cursor)) s.sampler.set_cursor(cursor);
  }
  s.last = last;
  s.wanted = true;
  lock.unlock();
  s.changed.notify_all();
}

void Prefetcher::next(std::int64_t step, Sampler& sampler, std::vector<Batch>& batches) {
  if (take(step, sampler, batches))
    ++taken_;
  else
    state_->direct.next(step, sampler, batches);
}

// If what was announced is for `step` and for the sampler's position: swaps it with `batches`, advances the sampler and
// returns true, or rethrows what filling it threw. Otherwise returns false, with nobody reading the data set.
bool Prefetcher::take(std::int64_t step, Sampler& sampler, std::vector<Batch>& batches) {
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  const bool announced = s.step == step && s.begin == sampler.cursor();
  if (announced && s.wanted)
    s.changed.wait(lock, [&] { return s.count > 0 || (!s.filling && !s.has_more()); });
  if (!announced || s.count == 0) {
    s.pause(lock);
    s.drop_all();
    return false;
  }
  State::Filled& place = s.ring[s.first];
  if (place.failure) {
    const std::exception_ptr failure = std::exchange(place.failure, nullptr);
    s.drop_all();
    std::rethrow_exception(failure);
  }
  DESCENT_ASSERT(batches.size() == place.batches.size(), "a step has as many batches as are prefetched");
  std::swap(batches, place.batches);
  sampler.set_cursor(place.end);
  s.begin = place.end;
  ++s.step;
  s.first = (s.first + 1) % s.ring.size();
  --s.count;
  lock.unlock();
  s.changed.notify_all();
  return true;
}

}  // namespace descent::data
