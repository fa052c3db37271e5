#pragma once

#ifdef DESCENT_SCALAR_IS_float

#include <cstring>

#include "descent/base/error.hpp"
#include "descent/kernels/detail/bounded_cache.hpp"
#include "descent/kernels/detail/onednn.hpp"

/// Weights in the orders that oneDNN's primitives want.
namespace descent::kernels::onednn {

inline std::size_t mixed(std::size_t hash, std::int64_t number) {
  hash = (hash ^ static_cast<std::size_t>(number)) * 0x9e3779b97f4a7c15u;
  return hash ^ (hash >> 32u);
}

/// The memory that a primitive borrows from the pool while it runs.
class Scratchpad {
 public:
  Scratchpad() = default;
  explicit Scratchpad(const dnnl::memory::desc& description)
      : memory_(description, engine(), nullptr),
        scalars_(static_cast<std::int64_t>((description.get_size() + sizeof(Scalar) - 1) / sizeof(Scalar))) {}
  /// Keep it until the primitive has run.
  Tensor take() const {
    Tensor scratch = Tensor::empty({scalars_});
    if (scalars_ > 0) look_at(memory_, scratch);
    return scratch;
  }
  const dnnl::memory& memory() const { return memory_; }

 private:
  dnnl::memory memory_;
  std::int64_t scalars_ = 0;
};

/// How an array gets from our order into a primitive's, and back.
class OrderedArray {
 public:
  OrderedArray() = default;
  OrderedArray(const dnnl::memory::desc& ours, const dnnl::memory::desc& wanted) {
    if (ours == wanted) {
      wanted_ = dnnl::memory(wanted, engine(), nullptr);
      return;
    }
    wanted_ = dnnl::memory(wanted, engine());
    ours_ = dnnl::memory(ours, engine(), nullptr);
    into_ = dnnl::reorder(ours_, wanted_);
    back_ = dnnl::reorder(wanted_, ours_);
  }

  bool reorders() const { return bool(into_); }
  /// Memory for an array in the primitive's order.
  dnnl::memory make() const { return dnnl::memory(wanted_.get_desc(), engine()); }
  /// The array where it is, for primitives that take it in our order.
  const dnnl::memory& plain(const Tensor& array) const {
    look_at(wanted_, array);
    return wanted_;
  }
  /// Memory of its own, for an array that lives no longer than the primitive runs.
  const dnnl::memory& temporary() const { return wanted_; }
  void into(const Tensor& array, const dnnl::memory& ordered) const {
    look_at(ours_, array);
    execute(into_,
            std::array<dnnl_exec_arg_t, 2>{{{DNNL_ARG_FROM, ours_.get()}, {DNNL_ARG_TO, ordered.get()}}});
  }
  void back(const dnnl::memory& ordered, const Tensor& array) const {
    look_at(ours_, array);
    execute(back_,
            std::array<dnnl_exec_arg_t, 2>{{{DNNL_ARG_FROM, ordered.get()}, {DNNL_ARG_TO, ours_.get()}}});
  }

 private:
  dnnl::memory ours_, wanted_;
  dnnl::reorder into_, back_;
};

/// Weights in the orders of the problems that they are used for, put so once for each version of their memory.
template <class Problem, class Hash>
class KeptWeights {
 public:
  const dnnl::memory& ordered(const Tensor& weight, const Problem& problem, const OrderedArray& order) {
    if (!order.reorders()) return order.plain(weight);
    const std::uint64_t version = weight.version();
    if (version == 0) {
      order.into(weight, order.temporary());
      return order.temporary();
    }
    Kept& kept = cache_.get({weight.data(), problem}, [&] { return Kept{order.make()}; });
    if (kept.version != version) {
      order.into(weight, kept.memory);
      kept.version = version;
    }
#ifndef NDEBUG
    order.into(weight, order.temporary());
    DESCENT_ASSERT(std::memcmp(kept.memory.get_data_handle(), order.temporary().get_data_handle(),
                               kept.memory.get_desc().get_size()) == 0,
                   "a weight that changes gets another version (Tensor::mark_written)");
#endif
    return kept.memory;
  }

 private:
  struct Key {
    const Scalar* memory;
    Problem problem;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return mixed(Hash{}(key.problem), reinterpret_cast<std::intptr_t>(key.memory));
    }
  };
  struct Kept {
    dnnl::memory memory;
    std::uint64_t version = 0;
  };
  BoundedCache<Key, Kept, KeyHash> cache_{512};
};

}  // namespace descent::kernels::onednn

#endif
