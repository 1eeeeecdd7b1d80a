// Recurrent layers: one product for all inputs, then step by step one product with the hidden state and one pass over
// the gates. Sequences are independent, so threads take shares of the batch and meet only at the end. An element's sum
// is formed in the same order whatever the share.
#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "backend/cpu/gemm.h"
#include "backend/cpu/gemm_block.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/tile_copy.h"
#include "backend/cpu/workspace.h"
#include "ops/rnn.h"

namespace lampas {
namespace {

using cpu::Workspace;

/// Rows in a step up to which the weights are read where they lie: packing them would cost as much as it saves.
constexpr int64_t kFewRows = 6;

/// c += a * b (or c = a * b) for many a and one b of n columns, b being given as it is (k x n) or transposed (n x k).
/// For steps of many rows b is copied once into panels that the tiles of the product read from front to back. Steps
/// read b to and fro: of weights that are a little too large for a cache, what was read last is still there.
template <class T>
class Product {
 public:
  Product(const T* b, int64_t n, int64_t k, bool transposed, const RnnShape& s)
      : b_(b),
        n_(n),
        k_(k),
        transposed_(transposed),
        once_(s.steps == 1 && s.rows > kFewRows),
        row_(std::is_same_v<T, float> && s.batch == 1 && n * k * static_cast<int64_t>(sizeof(T)) > (256 << 10)),
        panels_(s.steps > 1 && s.rows > kFewRows * s.steps ? (n + kWidth - 1) / kWidth * kWidth * k : 0) {
    if (!panels_.data()) return;
    for (int64_t j = 0; j < n; j += kWidth) {
      T* to = panels_ + j * k;
      const int64_t w = std::min(kWidth, n - j);
      if (transposed) {
        constexpr int64_t item = sizeof(T);
        cpu::tile_copy(item)({reinterpret_cast<char*>(to), item, kWidth * item},
                             {reinterpret_cast<char*>(const_cast<T*>(b + j * k)), k * item, item}, w, k);
      } else {
        for (int64_t p = 0; p < k; ++p) std::memcpy(to + p * kWidth, b + p * n + j, static_cast<size_t>(w) * sizeof(T));
      }
    }
  }

  void run(const T* a, int64_t lda, T* c, int64_t ldc, int64_t m, bool add, bool backwards) const {
    if (k_ == 0 && !add)
      for (int64_t i = 0; i < m; ++i) std::fill_n(c + i * ldc, n_, T(0));
    if (m == 0 || n_ == 0 || k_ == 0) return;
    if (once_) {
      Gemm g;
      g.m = m, g.n = n_, g.k = k_, g.a = a, g.lda = lda;
      g.b = b_, g.ldb = transposed_ ? k_ : n_, g.trans_b = transposed_;
      g.c = c, g.ldc = ldc, g.beta = add ? 1 : 0;
      return cpu::gemm<T>(g);
    }
    if (row_) {
      // Blocks of rows, or of columns of some cache lines each.
      const int64_t item = sizeof(T), width = transposed_ ? 128 : 256 / item;
      return each_block(width, backwards, [&](int64_t j, int64_t many) {
        RnnRow r;
        r.n = many, r.k = k_, r.ld = transposed_ ? k_ : n_, r.add = add;
        r.x = a, r.w = b_ + j * (transposed_ ? k_ : 1), r.y = c + j;
        (transposed_ ? rnn_row_dots : rnn_row_sums).get(dtype_of<T>)(r);
      });
    }
    cpu::GemmBlock<T> g{m, n_, k_, a, lda, 1, b_, 0, 0, c, ldc, T(1), T(add ? 1 : 0), nullptr};
    if (panels_.data()) {
      g.b_row = kWidth, g.b_column = 1;
      each_block(kWidth, backwards, [&](int64_t j, int64_t columns) {
        g.b = panels_ + j * k_, g.c = c + j, g.n = columns;
        cpu::gemm_in_place(g, 256);
      });
    } else if (transposed_) {
      g.b_row = 1, g.b_column = k_;
      each_block(large() ? 128 : n_, backwards, [&](int64_t j, int64_t columns) {
        g.b = b_ + j * k_, g.c = c + j, g.n = columns;
        cpu::gemm_dots(g);
      });
    } else {
      g.b_row = n_, g.b_column = 1;
      each_block(large() ? 2 * kWidth : n_, backwards, [&](int64_t j, int64_t columns) {
        g.b = b_ + j, g.c = c + j, g.n = columns;
        cpu::gemm_in_place(g, m <= 4 && n_ * k_ > (32 << 10) ? 16 : 256);
      });
    }
  }

 private:
  static constexpr int64_t kWidth = 192 / sizeof(T);

  bool large() const { return n_ * k_ * static_cast<int64_t>(sizeof(T)) > (256 << 10); }
  /// f(first column, number of columns) for blocks of `width` columns, from either end.
  template <class F>
  void each_block(int64_t width, bool backwards, const F& f) const {
    const int64_t blocks = (n_ + width - 1) / width;
    for (int64_t i = 0; i < blocks; ++i) {
      const int64_t j = (backwards ? blocks - 1 - i : i) * width;
      f(j, std::min(width, n_ - j));
    }
  }
  const T* b_;
  int64_t n_, k_;
  bool transposed_, once_, row_;
  Workspace<T> panels_;
};

/// The first row of every step.
class Offsets {
 public:
  explicit Offsets(const RnnShape& s) : sizes_(s.batch_sizes), batch_(s.batch), at_(s.batch_sizes ? s.steps : 0) {
    int64_t row = 0;
    if (sizes_)
      for (int64_t t = 0; t < s.steps; ++t) {
        at_[t] = row;
        row += sizes_[t];
      }
  }
  int64_t row(int64_t t) const { return sizes_ ? at_[t] : t * batch_; }
  int64_t size(int64_t t) const { return sizes_ ? sizes_[t] : batch_; }

 private:
  const int64_t* sizes_;
  int64_t batch_;
  Workspace<int64_t> at_;
};

/// Threads take shares of more than kFewRows sequences. A single step leaves the threads to its products.
template <class F>
void for_sequences(const RnnShape& s, const F& f) {
  if (s.steps == 1) return f(int64_t{0}, s.batch);
  const int64_t work = s.rows * s.hidden * rnn_gates(s.cell) * (s.output + 16);
  cpu::parallel_for(s.batch, work < (1 << 20) ? s.batch : kFewRows + 1, f);
}

template <class T>
auto gates_kernel(RnnCell c) {
  return (c == RnnCell::LSTM   ? lstm_gates
          : c == RnnCell::GRU  ? gru_gates
          : c == RnnCell::Tanh ? rnn_tanh_gates
                               : rnn_relu_gates)
      .get(dtype_of<T>);
}
template <class T>
auto gates_backward_kernel(RnnCell c) {
  return (c == RnnCell::LSTM   ? lstm_gates_backward
          : c == RnnCell::GRU  ? gru_gates_backward
          : c == RnnCell::Tanh ? rnn_tanh_gates_backward
                               : rnn_relu_gates_backward)
      .get(dtype_of<T>);
}

template <class T>
void forward(const RnnForward& f) {
  const RnnShape& s = f.shape;
  if (s.rows == 0) return;
  const bool gru = s.cell == RnnCell::GRU;
  const int64_t hidden = s.hidden, gates = rnn_gates(s.cell) * hidden, width = rnn_columns(s.cell) * hidden;
  const int64_t direct = gru ? 2 * hidden : gates;  // gates that inputs and hidden state both add to
  T* const all = static_cast<T*>(f.gates);
  const T *const b_ih = static_cast<const T*>(f.b_ih), *const b_hh = static_cast<const T*>(f.b_hh);
  {
    const Workspace<T> bias(b_ih ? gates : 0);
    if (b_ih)
      for (int64_t j = 0; j < gates; ++j) bias[j] = j < direct ? b_ih[j] + b_hh[j] : b_ih[j];
    Gemm g;
    g.m = s.rows, g.n = gates, g.k = s.input;
    g.a = f.x, g.lda = std::max<int64_t>(s.input, 1);
    g.b = f.w_ih, g.ldb = g.lda, g.trans_b = true;
    g.c = all, g.ldc = width, g.bias = bias.data();
    cpu::gemm<T>(g);
  }
  const T* const w_hh = static_cast<const T*>(f.w_hh);
  const Product<T> hidden_product(w_hh, direct, s.output, true, s);
  const Product<T> fresh_product(w_hh + direct * s.output, gru ? hidden : 0, s.output, true, s);
  const Product<T> projection(static_cast<const T*>(f.w_hr), s.projected ? s.output : 0, hidden, true, s);
  const Offsets offsets(s);
  const auto step = gates_kernel<T>(s.cell);
  T *const y = static_cast<T*>(f.y), *const hn = static_cast<T*>(f.hn), *const cn = static_cast<T*>(f.cn),
           *const cells = static_cast<T*>(f.cells), *const raw = static_cast<T*>(f.raw);
  for_sequences(s, [&](int64_t begin, int64_t end) {
    for (int64_t i = 0; i < s.steps; ++i) {
      const int64_t t = s.reverse ? s.steps - 1 - i : i, n = std::min(end, offsets.size(t)) - begin;
      if (n <= 0) continue;
      const int64_t row = offsets.row(t) + begin;
      T *const g = all + row * width, *const h = hn + begin * s.output;
      if (gru)
        for (int64_t r = 0; r < n; ++r) {
          T* const to = g + r * width + 3 * hidden;
          if (b_hh)
            std::memcpy(to, b_hh + direct, static_cast<size_t>(hidden) * sizeof(T));
          else
            std::fill_n(to, hidden, T(0));
        }
      const bool fro = i % 2;
      hidden_product.run(h, s.output, g, width, n, true, fro);
      fresh_product.run(h, s.output, g + 3 * hidden, width, n, true, fro);
      RnnGates p;
      p.rows = n, p.hidden = hidden, p.gates = g;
      p.c = cn ? cn + begin * hidden : nullptr;
      p.cells = cells ? cells + row * hidden : nullptr;
      p.h = s.projected ? nullptr : h;
      p.y = s.projected ? raw + row * hidden : y + row * hidden;
      step(p);
      if (s.projected) {
        projection.run(raw + row * hidden, hidden, h, s.output, n, false, fro);
        std::memcpy(y + row * s.output, h, static_cast<size_t>(n * s.output) * sizeof(T));
      }
    }
  });
}

/// The rows that came before `n` rows of step t: `kept` of them in step `step`, the others in the initial state.
struct Before {
  int64_t step, kept;
  Before(const RnnShape& s, const Offsets& offsets, int64_t t, int64_t begin, int64_t n)
      : step(s.reverse ? t + 1 : t - 1),
        kept(step < 0 || step >= s.steps ? 0 : std::clamp<int64_t>(offsets.size(step) - begin, 0, n)) {}
};

/// c (m x n) = a^T b for a (rows x m, lda) and b (rows x n).
template <class T>
void weight_product(const T* a, int64_t lda, int64_t m, const T* b, int64_t n, int64_t rows, T* c) {
  Gemm g;
  g.m = m, g.n = n, g.k = rows;
  g.a = a, g.lda = lda, g.trans_a = true;
  g.b = b, g.ldb = std::max<int64_t>(n, 1);
  g.c = c, g.ldc = std::max<int64_t>(n, 1);
  cpu::gemm<T>(g);
}

/// Sums over all rows, accumulated in float64.
template <class T>
void column_sums(const T* a, int64_t rows, int64_t width, double* sum) {
  std::fill_n(sum, width, 0.0);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t j = 0; j < width; ++j) sum[j] += static_cast<double>(a[r * width + j]);
}

template <class T>
void backward(const RnnBackward& f) {
  const RnnShape& s = f.shape;
  const bool gru = s.cell == RnnCell::GRU, lstm = s.cell == RnnCell::LSTM;
  const int64_t hidden = s.hidden, output = s.output;
  const int64_t gates = rnn_gates(s.cell) * hidden, width = rnn_columns(s.cell) * hidden;
  const int64_t direct = gru ? 2 * hidden : gates;
  const T *const gy = static_cast<const T*>(f.gy), *const y = static_cast<const T*>(f.y),
                 *const all = static_cast<const T*>(f.gates), *const cells = static_cast<const T*>(f.cells),
                 *const h0 = static_cast<const T*>(f.h0), *const c0 = static_cast<const T*>(f.c0),
                 *const w_hh = static_cast<const T*>(f.w_hh);
  T *const dgates = static_cast<T*>(f.dgates), *const dh = static_cast<T*>(f.dh), *const dc = static_cast<T*>(f.dc);
  const Offsets offsets(s);
  const Workspace<T> projected(s.projected ? s.rows * output : 0);  // gradients of the projected states
  {
    const Product<T> hidden_product(w_hh, output, direct, false, s);
    const Product<T> fresh_product(w_hh + direct * output, gru ? output : 0, hidden, false, s);
    const Product<T> projection(static_cast<const T*>(f.w_hr), s.projected ? hidden : 0, output, false, s);
    const auto step = gates_backward_kernel<T>(s.cell);
    const Workspace<T> raw_gradient(s.projected ? s.batch * hidden : 0);
    for_sequences(s, [&](int64_t begin, int64_t end) {
      for (int64_t i = 0; i < s.steps; ++i) {
        const int64_t t = s.reverse ? i : s.steps - 1 - i, n = std::min(end, offsets.size(t)) - begin;
        if (n <= 0) continue;
        const int64_t row = offsets.row(t) + begin;
        T *const state = dh + begin * output, *const d = dgates + row * width;
        RnnGatesBackward p;
        p.hidden = hidden;
        T* of_state = state;
        const T* of_output = gy ? gy + row * output : nullptr;
        if (s.projected) {
          T* const to = projected + row * output;
          for (int64_t e = 0; e < n * output; ++e) to[e] = of_output ? state[e] + of_output[e] : state[e];
          of_state = raw_gradient + begin * hidden;
          of_output = nullptr;
          projection.run(to, output, of_state, hidden, n, false, i % 2);
        }
        const Before before(s, offsets, t, begin, n);
        const T* const previous = gru ? y : cells;  // both `hidden` wide
        for (const auto& [first, last] : {std::pair{int64_t{0}, before.kept}, std::pair{before.kept, n}}) {
          if (first == last) continue;
          p.rows = last - first;
          p.gates = all + (row + first) * width;
          p.y = y + (row + first) * output;
          p.cells = lstm ? cells + (row + first) * hidden : nullptr;
          p.gy = of_output ? of_output + first * hidden : nullptr;
          p.dh = of_state + first * hidden;
          p.dc = dc ? dc + (begin + first) * hidden : nullptr;
          p.dgates = d + first * width;
          if (lstm || gru)
            p.before = first < before.kept ? previous + (offsets.row(before.step) + begin) * hidden
                                           : (gru ? h0 : c0) + (begin + first) * hidden;
          step(p);
        }
        hidden_product.run(d, width, state, output, n, gru, i % 2);
        fresh_product.run(d + 3 * hidden, width, state, output, n, true, i % 2);
      }
    });
  }
  // Over all steps at once.
  if (f.dw_hh) {
    const Workspace<T> states(s.rows * output);
    for (int64_t t = 0; t < s.steps; ++t) {
      const int64_t n = offsets.size(t);
      const Before before(s, offsets, t, 0, n);
      T* const to = states + offsets.row(t) * output;
      if (before.kept)
        std::memcpy(to, y + offsets.row(before.step) * output, static_cast<size_t>(before.kept * output) * sizeof(T));
      if (before.kept < n)
        std::memcpy(to + before.kept * output, h0 + before.kept * output,
                    static_cast<size_t>((n - before.kept) * output) * sizeof(T));
    }
    T* const dw = static_cast<T*>(f.dw_hh);
    weight_product(dgates, width, direct, states.data(), output, s.rows, dw);
    if (gru) weight_product(dgates + 3 * hidden, width, hidden, states.data(), output, s.rows, dw + direct * output);
  }
  if (f.dw_ih)
    weight_product(dgates, width, gates, static_cast<const T*>(f.x), s.input, s.rows, static_cast<T*>(f.dw_ih));
  if (f.dw_hr)
    weight_product(projected.data(), output, output, static_cast<const T*>(f.raw), hidden, s.rows,
                   static_cast<T*>(f.dw_hr));
  if (f.dx && s.rows) {
    Gemm g;
    g.m = s.rows, g.n = s.input, g.k = gates;
    g.a = dgates, g.lda = width;
    g.b = f.w_ih, g.ldb = std::max<int64_t>(s.input, 1);
    g.c = f.dx, g.ldc = g.ldb;
    cpu::gemm<T>(g);
  }
  if (f.db_ih || f.db_hh) {
    const Workspace<double> sum(width);
    column_sums(dgates, s.rows, width, sum.data());
    if (T* const b = static_cast<T*>(f.db_ih))
      for (int64_t j = 0; j < gates; ++j) b[j] = static_cast<T>(sum[j]);
    if (T* const b = static_cast<T*>(f.db_hh))
      for (int64_t j = 0; j < gates; ++j) b[j] = static_cast<T>(sum[j < direct ? j : j + hidden]);
  }
}

template <class... T>
bool set_all() {
  return ((rnn_forward_kernel.set(kCPU, dtype_of<T>, forward<T>) &&
           rnn_backward_kernel.set(kCPU, dtype_of<T>, backward<T>)) &&
          ...);
}
const bool registered = set_all<float, double>();

}  // namespace
}  // namespace lampas
