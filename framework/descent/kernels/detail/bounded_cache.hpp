#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <unordered_map>
#include <utility>

namespace descent::kernels {

/// Values by key, at most `capacity` of them: the one that was not asked for longest makes room for a new one.
/// A value that is found takes nothing from the heap. `Key` needs == and a specialization of std::hash, or `Hash`.
template <class Key, class Value, class Hash = std::hash<Key>>
class BoundedCache {
 public:
  explicit BoundedCache(std::size_t capacity) : capacity_(capacity) {}

  /// The key's value, made by `make()` if there is none. Valid until the next call.
  template <class Make>
  Value& get(const Key& key, Make make) {
    if (const auto found = places_.find(key); found != places_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->second;
    }
    if (entries_.size() == capacity_) {
      places_.erase(entries_.back().first);
      entries_.pop_back();
    }
    entries_.emplace_front(key, make());
    places_.emplace(key, entries_.begin());
    return entries_.front().second;
  }

 private:
  using Entries = std::list<std::pair<Key, Value>>;
  std::size_t capacity_;
  Entries entries_;  // the one asked for last comes first
  std::unordered_map<Key, typename Entries::iterator, Hash> places_;
};

}  // namespace descent::kernels
