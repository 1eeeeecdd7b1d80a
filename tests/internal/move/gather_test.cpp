#include "ops/gather.h"

#include <random>

#include "../kernel_test.h"
#include "lampas/base/error.h"

namespace lampas {
namespace {

using namespace test;

/// (outer, rows, cols) of positions along the middle dimension of (outer, bound, cols).
struct Case {
  int64_t outer, rows, cols, bound;
};

template <class T>
struct Operands {
  std::vector<int64_t> index;
  std::vector<uint16_t> near;
  std::vector<T> selected, plain;
  std::vector<int64_t> sizes, index_stride, selected_stride, plain_stride;

  explicit Operands(const Case& c)
      : index(static_cast<size_t>(c.outer * c.rows * c.cols)),
        selected(random_values<T>(c.outer * c.bound * c.cols, 1)),
        plain(random_values<T>(c.outer * c.rows * c.cols, 2)),
        sizes{c.outer, c.rows, c.cols},
        index_stride{c.rows * c.cols * 8, c.cols * 8, 8},
        selected_stride{c.bound * c.cols * item, c.cols * item, item},
        plain_stride{c.rows * c.cols * item, c.cols * item, item},
        bound(c.bound) {
    std::mt19937 random(4);
    for (auto& i : index) i = static_cast<int64_t>(random() % static_cast<uint32_t>(c.bound));
  }
  BadIndex run(const Kernel<GatherFn>& kernel, ScalarType dtype = dtype_of<T>) {
    return kernel.get(dtype)({reinterpret_cast<const char*>(index.data()), reinterpret_cast<char*>(selected.data()),
                              reinterpret_cast<char*>(plain.data()), sizes, index_stride, selected_stride, plain_stride,
                              1, bound, near.empty() ? nullptr : near.data()});
  }
  /// The same from the copy the check makes.
  void run_from_near(const Kernel<GatherFn>& kernel) {
    near.resize(index.size());
    ASSERT_LT(run(gather_check_kernel, kLong).dim, 0);
    for (size_t i = 0; i < near.size(); ++i) ASSERT_EQ(near[i], index[i]);
    run(kernel);
    near.clear();
  }
  /// f(element of selected, element of plain) in order of the rows.
  template <class F>
  void each(const Case& c, const F& f) {
    for (int64_t o = 0; o < c.outer; ++o)
      for (int64_t r = 0; r < c.rows; ++r)
        for (int64_t k = 0; k < c.cols; ++k) {
          const int64_t at = (o * c.rows + r) * c.cols + k;
          f(selected[(o * c.bound + index[at]) * c.cols + k], plain[at]);
        }
  }

  static constexpr int64_t item = sizeof(T);
  int64_t bound;
};

const Case kCases[] = {{1, 4, 5, 3},       {1, 300, 700, 400},  {3, 120, 301, 400}, {1, 1024, 64, 1024},
                       {2, 100, 800, 90},  {1, 60, 1500, 200},  {300, 301, 1, 300}, {9, 1024, 1, 1024},
                       {40, 2100, 1, 900}, {1, 70000, 1, 65536}};

template <class T>
void test_all() {
  for (const Case& c : kCases) {
    SCOPED_TRACE(str(c.outer, " x ", c.rows, " x ", c.cols, " of ", c.bound));
    const Operands<T> start(c);
    Operands<T> got = start, want = start;
    got.run(gather_kernel);
    want.each(c, [](T& s, T& p) { p = s; });
    ASSERT_EQ(got.plain, want.plain);
    got = want = start;
    got.run(scatter_kernel);
    want.each(c, [](T& s, T& p) { s = p; });
    ASSERT_EQ(got.selected, want.selected);
    got = want = start;
    got.run(scatter_add_kernel);
    want.each(c, [](T& s, T& p) { s = static_cast<T>(s + p); });
    ASSERT_EQ(got.selected, want.selected);
    got = want = start;
    got.run_from_near(scatter_add_kernel);
    want.each(c, [](T& s, T& p) { s = static_cast<T>(s + p); });
    ASSERT_EQ(got.selected, want.selected);
    got = start;
    got.run_from_near(scatter_kernel);
    want = start;
    want.each(c, [](T& s, T& p) { s = p; });
    ASSERT_EQ(got.selected, want.selected);
    got.index[got.index.size() / 2] = c.bound;
    const BadIndex bad = got.run(gather_kernel);
    ASSERT_EQ(bad.dim, 0);
    ASSERT_EQ(bad.value, c.bound);
  }
}

TEST(Gather, MovesAlongRowsOfColumns) {
  for_each_thread_count([] {
    test_all<int8_t>();
    test_all<float>();
    test_all<double>();
    test_all<int64_t>();
  });
}

}  // namespace
}  // namespace lampas
