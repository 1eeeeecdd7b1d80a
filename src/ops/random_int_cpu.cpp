// Integer draws, permutations and multinomial samples.
#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <type_traits>

#include "core/generator_impl.h"
#include "ops/random.h"

namespace lampas {
namespace {

using Lock = std::lock_guard<std::mutex>;

constexpr int64_t kWords = 1024;

/// Calls f(words, i, m) for consecutive runs of m elements from i on, each element taking `draws` words.
template <class F>
void draw(GeneratorImpl& g, int64_t n, int draws, const F& f) {
  alignas(64) uint32_t words[kWords];
  const int64_t run = kWords / draws;
  for (int64_t i = 0; i < n; i += run) {
    const int64_t m = std::min(run, n - i);
    g.fill(words, static_cast<size_t>(m * draws));
    f(words, i, m);
  }
}
uint64_t join(const uint32_t* pair) { return static_cast<uint64_t>(pair[0]) << 32 | pair[1]; }

template <class T>
T from_integer(int64_t v) {
  if constexpr (std::is_same_v<T, bool>)
    return v != 0;
  else if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>)
    return T(static_cast<float>(v));
  else
    return static_cast<T>(v);
}

/// Significand digits of a floating dtype.
template <class T>
inline constexpr int digits = std::is_same_v<T, Half>       ? 11
                              : std::is_same_v<T, BFloat16> ? 8
                                                            : std::numeric_limits<T>::digits;

/// One more than the largest value random_() gives; a power of two for integers.
template <class T>
constexpr uint64_t full_range() {
  if constexpr (std::is_same_v<T, bool>)
    return 2;
  else if constexpr (std::is_integral_v<T>)
    return static_cast<uint64_t>(std::numeric_limits<T>::max()) + 1;
  else
    return (uint64_t{1} << digits<T>)+1;
}

template <class T>
void random_full(GeneratorImpl& g, void* out, int64_t n) {
  constexpr uint64_t range = full_range<T>();
  const Lock lock(g.mutex_);
  T* y = static_cast<T*>(out);
  if constexpr (std::is_same_v<T, double> || std::is_same_v<T, int64_t>) {
    draw(g, n, 2, [&](const uint32_t* words, int64_t i, int64_t m) {
      for (int64_t k = 0; k < m; ++k) y[i + k] = static_cast<T>(join(words + 2 * k) % range);
    });
  } else {
    constexpr uint32_t range32 = static_cast<uint32_t>(range);
    draw(g, n, 1, [&](const uint32_t* words, int64_t i, int64_t m) {
      for (int64_t k = 0; k < m; ++k) y[i + k] = from_integer<T>(words[k] % range32);
    });
  }
}

template <class T>
void random_in_range(GeneratorImpl& g, void* out, int64_t n, uint64_t range, int64_t base) {
  constexpr bool wide = std::is_same_v<T, int64_t> || std::is_same_v<T, double> || std::is_same_v<T, float> ||
                        std::is_same_v<T, BFloat16>;
  const Lock lock(g.mutex_);
  T* y = static_cast<T*>(out);
  const auto shifted = [base](uint64_t v) {
    return from_integer<T>(static_cast<int64_t>(v + static_cast<uint64_t>(base)));
  };
  if (range == 0 || range >> 32) {
    if constexpr (wide) {
      draw(g, n, 2, [&](const uint32_t* words, int64_t i, int64_t m) {
        for (int64_t k = 0; k < m; ++k) {
          const uint64_t v = join(words + 2 * k);
          y[i + k] = shifted(range ? v % range : v);
        }
      });
    } else {  // 32 bits never reach the range
      draw(g, n, 1, [&](const uint32_t* words, int64_t i, int64_t m) {
        for (int64_t k = 0; k < m; ++k) y[i + k] = shifted(words[k]);
      });
    }
    return;
  }
  const auto remainders = word_remainder_kernel.get(kInt);
  draw(g, n, 1, [&](uint32_t* words, int64_t i, int64_t m) {
    remainders(words, m, static_cast<uint32_t>(range));
    for (int64_t k = 0; k < m; ++k) y[i + k] = shifted(words[k]);
  });
}

/// Fisher-Yates with 32 bits a step whatever n, as PyTorch 1.13.1 has it: beyond 2^32 elements not every permutation is
/// in reach.
template <class T>
void randperm(GeneratorImpl& g, void* out, int64_t n) {
  const Lock lock(g.mutex_);
  T* y = static_cast<T*>(out);
  for (int64_t i = 0; i < n; ++i) y[i] = from_integer<T>(i);
  const auto shuffle = shuffle_kernel.get(sizeof(T) == 8   ? kLong
                                          : sizeof(T) == 4 ? kInt
                                          : sizeof(T) == 2 ? kShort
                                                           : kByte);
  draw(g, n - 1, 1, [&](const uint32_t* words, int64_t i, int64_t m) { shuffle(y + i, n - i, words, m); });
}

// ---- multinomial ----

/// The dtype of running sums and quotients.
template <class T>
using Real = std::conditional_t<std::is_same_v<T, double>, double, float>;

template <class T>
void check_weights(const T* p, int64_t rows, int64_t categories, int64_t needed) {
  for (int64_t r = 0; r < rows; ++r) {
    int64_t positive = 0;
    for (int64_t c = 0; c < categories; ++c) {
      const Real<T> v = p[r * categories + c];
      check(v >= 0 && v <= std::numeric_limits<Real<T>>::max(),
            "multinomial: probability tensor contains either `inf`, `nan` or element < 0: ", v, " in row ", r,
            ", column ", c);
      positive += v > 0;
    }
    check(positive > 0, "multinomial: invalid multinomial distribution (sum of probabilities <= 0) in row ", r);
    check(positive >= needed, "multinomial: cannot draw ", needed, " samples without replacement: row ", r, " has ",
          positive, " positive probabilities");
  }
}

/// Index of the first of n >= 1 rising numbers, the last at least u, that is not below u. Without branches: they would
/// be mispredicted half of the time.
template <class R>
int64_t first_not_below(const R* sums, int64_t n, double u) {
  const R* begin = sums;
  while (n > 1) {
    const int64_t half = n / 2;
    begin += static_cast<double>(begin[half - 1]) < u ? half : 0;
    n -= half;
  }
  return begin - sums;
}

template <class T>
void sample_with_replacement(GeneratorImpl& g, const T* p, int64_t categories, int64_t samples, int64_t* out,
                             Real<T>* sums) {
  using R = Real<T>;
  R sum = 0;
  for (int64_t c = 0; c < categories; ++c) sums[c] = sum += static_cast<R>(p[c]);
  for (int64_t c = 0; c < categories; ++c) sums[c] /= sum;
  sums[categories - 1] = 1;
  draw(g, samples, 2, [&](const uint32_t* words, int64_t i, int64_t m) {
    for (int64_t k = 0; k < m; ++k) {
      const double u = static_cast<double>(join(words + 2 * k) & ((uint64_t{1} << 53) - 1)) * 0x1p-53;
      out[i + k] = first_not_below(sums, categories, u);
    }
  });
}

struct Candidate {
  double value;
  int64_t index;
};
static_assert(sizeof(Candidate) == 2 * sizeof(double));

/// The quotients of one row and exponential draws, in the dtype.
template <class T>
void divide_by_exponential(GeneratorImpl& g, const T* p, int64_t categories, Candidate* out) {
  constexpr int64_t run = 256;
  T draws[run];
  const auto exponential = exponential_kernel.get(dtype_of<T>);
  for (int64_t c = 0; c < categories; c += run) {
    const int64_t m = std::min(run, categories - c);
    exponential(g, draws, m, 1.0);
    for (int64_t k = 0; k < m; ++k) {
      const T quotient = T(static_cast<Real<T>>(p[c + k]) / static_cast<Real<T>>(draws[k]));
      const double value = static_cast<double>(quotient);
      out[c + k] = {value == value ? value : 0.0, c + k};  // 0 / 0: a draw of zero does not make the impossible happen
    }
  }
}

template <class T>
void multinomial(GeneratorImpl& g, const void* weights, int64_t rows, int64_t categories, int64_t samples,
                 bool replacement, int64_t* out, double* scratch) {
  const T* p = static_cast<const T*>(weights);
  check_weights(p, rows, categories, replacement ? 1 : samples);
  if (replacement) {
    const Lock lock(g.mutex_);
    for (int64_t r = 0; r < rows; ++r)
      sample_with_replacement(g, p + r * categories, categories, samples, out + r * samples,
                              reinterpret_cast<Real<T>*>(scratch));
    return;
  }
  Candidate* candidates = reinterpret_cast<Candidate*>(scratch);
  const auto before = [](const Candidate& a, const Candidate& b) {
    return a.value != b.value ? a.value > b.value : a.index < b.index;
  };
  for (int64_t r = 0; r < rows; ++r) {
    divide_by_exponential(g, p + r * categories, categories, candidates);
    std::partial_sort(candidates, candidates + samples, candidates + categories, before);
    for (int64_t k = 0; k < samples; ++k) out[r * samples + k] = candidates[k].index;
  }
}

template <class T, ScalarType type>
bool register_kernels() {
  if constexpr (!is_complex(type)) {
    random_kernel.set(kCPU, type, random_full<T>);
    random_range_kernel.set(kCPU, type, random_in_range<T>);
    if constexpr (type != kBool) randperm_kernel.set(kCPU, type, randperm<T>);
  }
  if constexpr (is_floating_point(type)) multinomial_kernel.set(kCPU, type, multinomial<T>);
  return true;
}
#define LAMPAS_RANDOM_REGISTER(T, name) register_kernels<T, ScalarType::name>(),
const bool registered[] = {LAMPAS_FOR_EACH_DTYPE(LAMPAS_RANDOM_REGISTER)};
#undef LAMPAS_RANDOM_REGISTER

}  // namespace
}  // namespace lampas
