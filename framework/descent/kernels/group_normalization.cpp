#include "descent/kernels/group_normalization.hpp"

#include "descent/base/error.hpp"
#include "descent/kernels/detail/elementwise.hpp"

namespace descent::kernels {

namespace {

// How loops go through groups. Narrow groups are taken as single channels, which makes the inner loop long.
GroupLayout loop_layout(const GroupLayout& r) {
  constexpr std::int64_t narrow = 64;
  if (r.groups == 1 || r.width >= narrow) return r;
  return {r.batch, r.positions, r.channels(), 1};
}

// The numbers of groups (batch, groups) as loop_layout() wants them: itself, or (batch, channels).
Tensor for_loops(const Tensor& x, const GroupLayout& r) {
  const GroupLayout loops = loop_layout(r);
  if (loops.groups == r.groups) return x;
  Tensor out = Tensor::empty({loops.batch, loops.groups});
  broadcast(x, {1, r.batch * r.groups, r.width}, out, false);
  return out;
}

// out[i] = function(i, place of its group among those of for_loops(), channel), or +=.
template <class Function>
void put_in_groups(const GroupLayout& layout, Tensor& out, bool accumulate, Function function) {
  const GroupLayout r = loop_layout(layout);
  const std::int64_t run = r.width == 1 ? r.groups : r.width, runs = r.channels() / run;
  Scalar* numbers = out.data();
  share_rows(r.batch * r.positions, r.channels(), [=](std::int64_t first, std::int64_t last) {
    for (std::int64_t row = first; row < last; ++row) {
      const std::int64_t first_group = row / r.positions * r.groups;
      for (std::int64_t k = 0; k < runs; ++k) {
        const std::int64_t channel = k * run, begin = row * r.channels() + channel;
        if (r.width == 1) {
          put_each(numbers + begin, run, accumulate,
                   [=](std::int64_t c) { return function(begin + c, first_group + c, c); });
        } else {
          put_each(numbers + begin, run, accumulate,
                   [=](std::int64_t c) { return function(begin + c, first_group + k, channel + c); });
        }
      }
    }
  });
}

Tensor group_mean(const Tensor& x, const GroupLayout& layout) {
  Tensor out = Tensor::empty({layout.batch, layout.groups});
  sum_groups(x, layout, out);
  array(out) *= static_cast<Scalar>(1.0 / static_cast<double>(layout.count()));
  return out;
}

Tensor elementwise_product(const Tensor& a, const Tensor& b) {
  Tensor out = Tensor::empty(a.shape());
  put_all(out, false, [&](auto part) { return part(a) * part(b); });
  return out;
}

}  // namespace

GroupLayout group_layout(const Shape& x, std::int64_t groups) {
  const std::int64_t channels = x[x.rank() - 1];
  DESCENT_ASSERT(groups >= 1 && channels % groups == 0, "channels must divide into the groups");
  const std::int64_t per_example = x.row_size();
  return {x[0], channels == 0 ? 0 : per_example / channels, groups, channels / groups};
}

void sum_groups(const Tensor& x, const GroupLayout& layout, Tensor& out) {
  const BroadcastPlan contiguous{1, layout.batch * layout.groups, layout.count()};
  if (layout.positions == 1 || layout.groups == 1) return sum_broadcast(x, contiguous, out, false);
  Tensor of_channels = Tensor::empty({layout.batch, layout.channels()});
  for (std::int64_t b = 0; b < layout.batch; ++b) {
    Tensor of_example = of_channels.row_range(b, b + 1);
    sum_broadcast(x.row_range(b, b + 1), {layout.positions, layout.channels(), 1}, of_example, false);
  }
  sum_broadcast(of_channels, {1, layout.batch * layout.groups, layout.width}, out, false);
}

void spread_groups(const Tensor& x, const GroupLayout& layout, Tensor& out, bool accumulate) {
  const Tensor of_groups = for_loops(x, layout);
  const Scalar* in = of_groups.data();
  put_in_groups(layout, out, accumulate,
                [=](std::int64_t, std::int64_t group, std::int64_t) { return in[group]; });
}

GroupNormalization group_normalize(const Tensor& x, const GroupLayout& layout, const Tensor& scale,
                                   const Tensor& shift, double epsilon) {
  const Tensor mean = for_loops(group_mean(x, layout), layout);
  GroupNormalization made;
  made.normalized = Tensor::empty(x.shape());
  const Scalar *in = x.data(), *center = mean.data();
  put_in_groups(layout, made.normalized, false,
                [=](std::int64_t i, std::int64_t group, std::int64_t) { return in[i] - center[group]; });
  made.inverse_deviation = group_mean(elementwise_product(made.normalized, made.normalized), layout);
  array(made.inverse_deviation) =
      (constant_array(made.inverse_deviation) + static_cast<Scalar>(epsilon)).sqrt().inverse();
  Scalar* n = made.normalized.data();
  const Tensor inverse = for_loops(made.inverse_deviation, layout);
  const Scalar* factor = inverse.data();
  put_in_groups(layout, made.normalized, false,
                [=](std::int64_t i, std::int64_t group, std::int64_t) { return n[i] * factor[group]; });
  if (!scale.defined()) {
    made.result = made.normalized;
    return made;
  }
  made.result = Tensor::empty(x.shape());
  const Scalar *a = scale.data(), *b = shift.data();
  put_in_groups(layout, made.result, false, [=](std::int64_t i, std::int64_t, std::int64_t channel) {
    return n[i] * a[channel] + b[channel];
  });
  return made;
}

void group_normalize_gradient(const Tensor& gradient, const GroupLayout& layout, const Tensor& normalized,
                              const Tensor& inverse_deviation, const Tensor& scale, Tensor& out,
                              bool accumulate) {
  Tensor scaled = gradient;
  if (scale.defined()) {
    scaled = Tensor::empty(gradient.shape());
    const Scalar *g = gradient.data(), *a = scale.data();
    put_in_groups(layout, scaled, false,
                  [=](std::int64_t i, std::int64_t, std::int64_t channel) { return g[i] * a[channel]; });
  }
  const Tensor mean = for_loops(group_mean(scaled, layout), layout);
  const Tensor correlation = for_loops(group_mean(elementwise_product(scaled, normalized), layout), layout);
  const Tensor inverses = for_loops(inverse_deviation, layout);
  const Scalar *h = scaled.data(), *n = normalized.data(), *inverse = inverses.data();
  const Scalar *m = mean.data(), *c = correlation.data();
  put_in_groups(layout, out, accumulate, [=](std::int64_t i, std::int64_t group, std::int64_t) {
    return inverse[group] * (h[i] - m[group] - n[i] * c[group]);
  });
}

void group_scale_gradient(const Tensor& gradient, const Tensor& normalized, Tensor& out, bool accumulate) {
  const BroadcastPlan plan{gradient.size() / std::max<std::int64_t>(out.size(), 1), out.size(), 1};
  sum_broadcast(elementwise_product(gradient, normalized), plan, out, accumulate);
}

}  // namespace descent::kernels
