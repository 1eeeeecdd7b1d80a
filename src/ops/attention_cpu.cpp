// Attention in blocks of queries and keys: the scores of a block stay in the cache and are never all in memory, unless
// the caller wants the weights.
#include <algorithm>
#include <cmath>
#include <limits>

#include "backend/cpu/gemm_block.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/tile_copy.h"
#include "backend/cpu/workspace.h"
#include "ops/attention.h"

namespace lampas {
namespace {

using cpu::Workspace;

constexpr int64_t kQueries = 64, kKeys = 256;

template <class T>
T* at(const AttentionRows& r, int64_t batch, int64_t head, int64_t row) {
  return static_cast<T*>(r.data) + batch * r.batch + head * r.head + row * r.row;
}

/// c (m x n, ldc) = a b, or c += a b, for rows of b dense and n apart. Element (i, p) of a lies at a[i * a_row + p *
/// a_column].
template <class T>
void multiply(int64_t m, int64_t n, int64_t k, const T* a, int64_t a_row, int64_t a_column, const T* b, T* c,
              int64_t ldc, bool add) {
  if (m == 0 || n == 0) return;
  if (k == 0) {
    for (int64_t i = 0; i < m && !add; ++i) std::fill_n(c + i * ldc, n, T(0));
    return;
  }
  cpu::gemm_in_place(cpu::GemmBlock<T>{m, n, k, a, a_row, a_column, b, n, 1, c, ldc, T(1), T(add ? 1 : 0), nullptr},
                     256);
}

// One head's rows as the products want them: dense, since rows that lie a power of two apart push one another out of
// the cache, and scaled.

template <class T>
cpu::Tile tile(const T* p, int64_t column, int64_t row) {
  constexpr int64_t kItem = sizeof(T);
  return {reinterpret_cast<char*>(const_cast<T*>(p)), column * kItem, row * kItem};
}
/// to[i * width + j] = scale * row i of `from`. The head that comes next lies beside this one: it is asked for.
template <class T>
void copy_rows(const T* from, int64_t row, int64_t rows, int64_t width, double scale, T* to) {
  AttentionScale a;
  a.rows = rows, a.columns = a.to_ld = width, a.from_ld = row, a.from = from, a.to = to, a.scale = scale;
  attention_scale.get(dtype_of<T>)(a);
}
/// The same transposed, not scaled, in blocks of kKeys rows: block b lies at to + b * kKeys * width, its rows as long
/// as the block.
template <class T>
void copy_transposed(const T* from, int64_t row, int64_t rows, int64_t width, T* to) {
  for (int64_t first = 0; first < rows; first += kKeys) {
    const int64_t n = std::min(kKeys, rows - first);
    for (int64_t r = first; r < first + n; ++r)
      for (int64_t j = 0; j < width; j += 64 / static_cast<int64_t>(sizeof(T)))
        __builtin_prefetch(from + r * row + width + j);
    cpu::tile_copy(sizeof(T))(tile(to + first * width, 1, n), tile(from + first * row, row, 1), n, width);
  }
}

/// Applies mask, padding and causality to the scores of queries [q0, q0 + rows) and keys [k0, k0 + columns).
template <class T>
void apply_mask(const AttentionShape& s, const AttentionMask& m, int64_t batch, int64_t head, int64_t q0, int64_t rows,
                int64_t k0, int64_t columns, T* scores, int64_t ld) {
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  const int64_t base = batch * m.batch + head * m.head + q0 * m.query + k0 * m.key;
  for (int64_t r = 0; r < rows; ++r) {
    T* const x = scores + r * ld;
    const int64_t from = base + r * m.query;
    if (m.kind == AttentionMask::add) {
      const T* const add = static_cast<const T*>(m.data) + from;
      if (m.key == 1)
        for (int64_t j = 0; j < columns; ++j) x[j] += add[j];
      else
        for (int64_t j = 0; j < columns; ++j) x[j] += add[j * m.key];
    } else if (m.kind != AttentionMask::none) {
      const bool* const flag = static_cast<const bool*>(m.data) + from;
      const bool drop = m.kind == AttentionMask::drop;
      for (int64_t j = 0; j < columns; ++j) x[j] = flag[j * m.key] == drop ? lowest : x[j];
    }
    if (m.padding) {
      const bool* const flag = m.padding + batch * m.padding_batch + k0 * m.padding_key;
      for (int64_t j = 0; j < columns; ++j) x[j] = flag[j * m.padding_key] ? lowest : x[j];
    }
    if (s.causal) std::fill(x + std::clamp<int64_t>(q0 + r + 1 - k0, 0, columns), x + columns, lowest);
  }
}

/// Scores of dense, scaled queries against one block of transposed keys, masked.
template <class T>
void scores_of(const AttentionShape& s, const T* queries, const T* keys, const AttentionMask& mask, int64_t b,
               int64_t h, int64_t q0, int64_t rows, int64_t k0, int64_t columns, T* scores, int64_t ld) {
  multiply(rows, columns, s.width, queries, s.width, 1, keys + k0 * s.width, scores, ld, false);
  if (mask.kind != AttentionMask::none || mask.padding || s.causal)
    apply_mask(s, mask, b, h, q0, rows, k0, columns, scores, ld);
}

template <class T>
void forward(const AttentionForward& f) {
  const AttentionShape& s = f.shape;
  const int64_t blocks = (s.queries + kQueries - 1) / kQueries, width = s.value_width;
  const auto softmax = attention_softmax.get(dtype_of<T>);
  const auto scale_rows = attention_scale.get(dtype_of<T>);
  T *const weights = static_cast<T*>(f.weights), *const log_sum = static_cast<T*>(f.log_sum);
  const T* const drop = static_cast<const T*>(f.drop);
  // With all weights in memory, a row is one block; otherwise blocks of keys are forgotten one after the other.
  const int64_t step = weights ? std::max<int64_t>(s.keys, 1) : std::min(s.keys, kKeys);
  const int64_t work = std::min(s.queries, kQueries) * s.keys * (s.width + width + 16);
  const auto scale = [&](T* x, int64_t ld, int64_t rows, int64_t columns, const T* factor, T* to, int64_t to_ld) {
    AttentionScale a;
    a.rows = rows, a.columns = columns, a.from_ld = ld, a.to_ld = to_ld, a.from = x, a.to = to, a.factor = factor;
    scale_rows(a);
  };
  cpu::parallel_for(s.batch * s.heads * blocks, (1 << 18) / (work + 1) + 1, [&](int64_t begin, int64_t end) {
    const Workspace<T> buffer(weights ? 0 : kQueries * step), max(kQueries), rescale(kQueries);
    const Workspace<T> keys(s.keys * s.width), values(s.keys * width), queries(kQueries * s.width),
        result(kQueries * width);
    const Workspace<double> sum(kQueries);
    int64_t packed = -1;  // the head whose keys and values are in `keys` and `values`
    for (int64_t unit = begin; unit < end; ++unit) {
      const int64_t head = unit / blocks, b = head / s.heads, h = head % s.heads, q0 = unit % blocks * kQueries;
      const int64_t rows = std::min(kQueries, s.queries - q0);
      T* const out = at<T>(f.out, b, h, q0);
      if (packed != head) {
        copy_transposed(at<T>(f.k, b, h, 0), f.k.row, s.keys, s.width, keys.data());
        copy_rows(at<T>(f.v, b, h, 0), f.v.row, s.keys, width, 1, values.data());
        packed = head;
      }
      copy_rows(at<T>(f.q, b, h, q0), f.q.row, rows, s.width, s.scale, queries.data());
      std::fill_n(max.data(), rows, -std::numeric_limits<T>::infinity());
      std::fill_n(sum.data(), rows, 0.0);
      if (s.keys == 0)
        for (int64_t r = 0; r < rows; ++r) std::fill_n(out + r * f.out.row, width, T(0));
      T* scores = weights ? weights + (head * s.queries + q0) * s.keys : buffer.data();
      for (int64_t k0 = 0; k0 < s.keys; k0 += step) {
        if (s.causal && !weights && k0 >= q0 + rows) break;
        const int64_t columns = std::min(step, s.keys - k0);
        for (int64_t k = k0; k < k0 + columns; k += kKeys)
          scores_of(s, queries.data(), keys.data(), f.mask, b, h, q0, rows, k, std::min(kKeys, k0 + columns - k),
                    scores + (k - k0), step);
        AttentionSoftmax p;
        p.rows = rows, p.columns = columns, p.ld = step;
        p.scores = scores, p.max = max, p.rescale = rescale, p.sum = sum;
        softmax(p);
        if (drop)
          for (int64_t r = 0; r < rows; ++r) {
            const T* const factor = drop + (head * s.queries + q0 + r) * s.keys + k0;
            for (int64_t j = 0; j < columns; ++j) scores[r * step + j] *= factor[j];
          }
        if (k0) scale(result, width, rows, width, rescale, result, width);
        multiply(rows, width, columns, scores, step, 1, values.data() + k0 * width, result.data(), width, k0 > 0);
      }
      if (s.keys == 0) continue;
      for (int64_t r = 0; r < rows; ++r) {
        log_sum[head * s.queries + q0 + r] = static_cast<T>(static_cast<double>(max[r]) + std::log(sum[r]));
        rescale[r] = static_cast<T>(1 / sum[r]);
      }
      scale(result, width, rows, width, rescale, out, f.out.row);
      if (weights) scale(scores, s.keys, rows, s.keys, rescale, scores, s.keys);
    }
  });
}

template <class T>
void clear(const AttentionRows& r, int64_t b, int64_t h, int64_t rows, int64_t width) {
  for (int64_t i = 0; i < rows; ++i) std::fill_n(at<T>(r, b, h, i), width, T(0));
}

template <class T>
void backward(const AttentionBackward& f) {
  const AttentionShape& s = f.shape;
  const auto softmax = attention_softmax_backward.get(dtype_of<T>);
  const auto dots = attention_dots.get(dtype_of<T>);
  const T *const weights = static_cast<const T*>(f.weights), *const log_sum = static_cast<const T*>(f.log_sum),
                 *const g_weights = static_cast<const T*>(f.g_weights), *const drop = static_cast<const T*>(f.drop);
  const int64_t width = s.value_width;
  cpu::parallel_for(s.batch * s.heads, 1, [&](int64_t begin, int64_t end) {
    const Workspace<T> p_buffer(weights ? 0 : kQueries * kKeys), d_buffer(kQueries * kKeys), delta(kQueries);
    // Of one head: keys transposed for the scores, values transposed for the gradient of the weights, keys as they are;
    // of one block of queries: these and the gradient of the result.
    const Workspace<T> keys(weights ? 0 : s.keys * s.width), values(s.keys * width), plain_keys(s.keys * s.width);
    const Workspace<T> queries(kQueries * s.width), gradient(kQueries * width);
    const Workspace<double> sum(kQueries);
    for (int64_t head = begin; head < end; ++head) {
      const int64_t b = head / s.heads, h = head % s.heads;
      if (s.queries == 0 || s.keys == 0) {
        clear<T>(f.dq, b, h, s.queries, s.width);
        clear<T>(f.dk, b, h, s.keys, s.width);
        clear<T>(f.dv, b, h, s.keys, width);
        continue;
      }
      if (!weights) copy_transposed(at<T>(f.k, b, h, 0), f.k.row, s.keys, s.width, keys.data());
      copy_transposed(at<T>(f.v, b, h, 0), f.v.row, s.keys, width, values.data());
      copy_rows(at<T>(f.k, b, h, 0), f.k.row, s.keys, s.width, s.scale, plain_keys.data());
      for (int64_t q0 = 0; q0 < s.queries; q0 += kQueries) {
        const int64_t rows = std::min(kQueries, s.queries - q0);
        copy_rows(at<T>(f.q, b, h, q0), f.q.row, rows, s.width, s.scale, queries.data());
        copy_rows(at<T>(f.g_out, b, h, q0), f.g_out.row, rows, width, 1, gradient.data());
        std::fill_n(sum.data(), rows, 0.0);
        AttentionDots a;
        a.rows = rows, a.columns = a.b_ld = width, a.a_ld = f.out.row, a.sum = sum;
        a.a = at<T>(f.out, b, h, q0), a.b = gradient;
        dots(a);
        if (g_weights) {
          const int64_t first = (head * s.queries + q0) * s.keys;
          a.columns = a.a_ld = a.b_ld = s.keys, a.a = weights + first, a.b = g_weights + first;
          dots(a);
        }
        for (int64_t r = 0; r < rows; ++r) delta[r] = static_cast<T>(sum[r]);
        for (int64_t k0 = 0; k0 < s.keys; k0 += kKeys) {
          const int64_t columns = std::min(kKeys, s.keys - k0), at_weights = (head * s.queries + q0) * s.keys + k0;
          // Weights are only read: with them the kernel gets no log_sum.
          T* const p = weights ? const_cast<T*>(weights) + at_weights : p_buffer.data();
          const int64_t ld = weights ? s.keys : columns;
          if (!weights) scores_of(s, queries.data(), keys.data(), f.mask, b, h, q0, rows, k0, columns, p, ld);
          T* const d = d_buffer;
          multiply(rows, columns, width, gradient.data(), width, 1, values.data() + k0 * width, d, columns, false);
          AttentionSoftmaxBackward z;
          z.rows = rows, z.columns = columns, z.ld = ld, z.d_ld = columns, z.g_ld = s.keys;
          z.p = p, z.d = d, z.delta = delta;
          z.log_sum = weights ? nullptr : log_sum + head * s.queries + q0;
          z.g = g_weights ? g_weights + at_weights : nullptr;
          z.drop = drop ? drop + at_weights : nullptr;
          softmax(z);
          multiply(columns, width, rows, p, 1, ld, gradient.data(), at<T>(f.dv, b, h, k0), f.dv.row, q0 > 0);
          multiply(rows, s.width, columns, d, columns, 1, plain_keys.data() + k0 * s.width, at<T>(f.dq, b, h, q0),
                   f.dq.row, k0 > 0);
          multiply(columns, s.width, rows, d, 1, columns, queries.data(), at<T>(f.dk, b, h, k0), f.dk.row, q0 > 0);
        }
      }
    }
  });
}

template <class... T>
bool set_all() {
  return ((attention_kernel.set(kCPU, dtype_of<T>, forward<T>) &&
           attention_backward_kernel.set(kCPU, dtype_of<T>, backward<T>)) &&
          ...);
}
const bool registered = set_all<float, double>();

}  // namespace
}  // namespace lampas
