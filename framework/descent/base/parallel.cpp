#include "descent/base/parallel.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace descent {

struct Workers::State {
  std::mutex mutex;
  std::condition_variable start, finish;
  std::vector<std::exception_ptr> failures;
  Call call = nullptr;
  void* context = nullptr;
  long items = 0;
  std::size_t round = 0;
  std::size_t busy = 0;
  bool stop = false;
  std::vector<std::thread> threads;

  void part(std::size_t index) {
    const long parts = static_cast<long>(failures.size()), i = static_cast<long>(index);
    const long begin = items * i / parts, end = items * (i + 1) / parts;
    if (begin == end) return;
    try {
      call(context, begin, end);
    } catch (...) {
      failures[index] = std::current_exception();
    }
  }

  void work(std::size_t index) {
    std::size_t seen = 0;
    std::unique_lock lock(mutex);
    while (true) {
      start.wait(lock, [&] { return stop || round != seen; });
      if (stop) return;
      seen = round;
      lock.unlock();
      part(index);
      lock.lock();
      if (--busy == 0) finish.notify_one();
    }
  }
};

Workers::Workers(int threads) : state_(std::make_unique<State>()) {
  state_->failures.resize(static_cast<std::size_t>(threads));
  for (std::size_t i = 1; i < state_->failures.size(); ++i)
    state_->threads.emplace_back([state = state_.get(), i] { state->work(i); });
}

Workers::~Workers() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  state_->start.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

int Workers::threads() const {
  return static_cast<int>(state_->failures.size());
}

void Workers::run(long items, Call call, void* context) {
  State& s = *state_;
  if (s.threads.empty() || items <= 1) {
    if (items > 0) call(context, 0, items);
    return;
  }
  {
    const std::lock_guard lock(s.mutex);
    s.call = call;
    s.context = context;
    s.items = items;
    s.busy = s.threads.size();
    ++s.round;
  }
  s.start.notify_all();
  s.part(0);
  {
    std::unique_lock lock(s.mutex);
    s.finish.wait(lock, [&] { return s.busy == 0; });
  }
  std::exception_ptr first;
  for (std::exception_ptr& failure : s.failures) {
    if (failure && !first) first = failure;
    failure = nullptr;
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace descent
