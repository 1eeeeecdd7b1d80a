// Results written around the cache: the same as ordinary ones, nothing beside them touched.
#include "backend/cpu/stream.h"

#include <algorithm>

#include "layouts.h"

namespace lampas::test {
namespace {

/// Everything is streamed that can be.
class Streaming {
 public:
  Streaming() { cpu::stream_threshold = 1; }
  ~Streaming() { cpu::stream_threshold = 0; }
};

template <class F>
void for_each_way(const F& f) {
  const Streaming on;
  for_each_target([&] {
    for (const int threads : {1, 2}) {
      set_num_threads(threads);
      f();
    }
    set_num_threads(1);
  });
}

TEST(Stream, ThresholdComesFromTheCache) {
  EXPECT_GE(cpu::find_stream_threshold(), 1 << 18);
  EXPECT_LE(cpu::find_stream_threshold(), int64_t{1} << 33);
  EXPECT_FALSE(cpu::streams(1 << 17));
  EXPECT_TRUE(cpu::streams(int64_t{1} << 34) || !cpu::copy_functions.stream);
}

// A small result streams when the inputs alone are two thirds of what streams; a large one only by the sum.
TEST(Stream, SmallResultsOfLargeInputs) {
  if (!cpu::copy_functions.stream) GTEST_SKIP() << "no streaming stores";
  const int64_t least = cpu::find_stream_threshold(), part = (least + 5) / 6;
  EXPECT_TRUE(cpu::streams(4 * part, part));
  EXPECT_TRUE(cpu::streams(0, least));
  EXPECT_TRUE(cpu::streams(least / 2, least - least / 2));
  EXPECT_FALSE(cpu::streams(3 * part, part));
  EXPECT_FALSE(cpu::streams(part, 4 * part));
}

template <class T, class From = T>
void check_copy(const std::vector<int64_t>& sizes, const std::vector<int64_t>& to, const std::vector<int64_t>& from,
                int64_t offset = 0) {
  SCOPED_TRACE(str(name(dtype_of<From>), " to ", name(dtype_of<T>), " sizes ", sizes, " strides ", to, " from ", from,
                   " offset ", offset));
  Strided<T> out(sizes, to, offset);
  Strided<From> in(sizes, from);
  const int64_t n = out.numel();
  const auto value = [](int64_t i) { return static_cast<float>((i * 7 + i / 101) % 120); };
  for (int64_t i = 0; i < n; ++i) in.at(i) = From(value(i));
  run_copy(out.operand(), in.operand(), IntArrayRef(sizes));
  for (int64_t i = 0; i < n; ++i) {
    const T got = out.get(i);
    T expected = T(value(i));
    if (std::is_same_v<From, bool>) expected = T(value(i) != 0 ? 1.0f : 0.0f);
    ASSERT_EQ(std::memcmp(&got, &expected, sizeof(T)), 0) << "element " << i;
  }
  ASSERT_TRUE(out.untouched_outside());
}

template <class T>
void check_copies() {
  for (int64_t n : {1, 63, 64, 65, 1000, 100003}) check_copy<T>({n}, {1}, {1});
  check_copy<T>({1000}, {1}, {1}, 1);
  // Transposed: rows of the result start cache lines when 64 elements do.
  for (int64_t rows : {1, 5, 16, 64, 70, 129})
    for (int64_t cols : {64, 128}) {
      check_copy<T>({rows, cols}, {cols, 1}, {1, rows});
      check_copy<T>({rows, cols}, {cols, 1}, {1, rows}, 3);
      check_copy<T>({cols, rows}, {1, cols}, {rows, 1});
    }
  check_copy<T>({70, 100}, {128, 1}, {1, 70});
  check_copy<T>({70, 100}, {100, 1}, {1, 70});
  check_copy<T>({3, 64, 33}, {64 * 33, 1, 64}, {64 * 33, 33, 1});
  check_copy<T>({3, 33, 64}, {64 * 33, 64, 1}, {1, 3, 99});
  check_copy<T>({300, 192}, {192, 1}, {1, 300});
  check_copy<T>({2500, 64}, {64, 1}, {1, 2500});
  for (int64_t rows : {256, 300}) {
    check_copy<T>({rows, 512}, {512, 1}, {1, rows});
    check_copy<T>({2, rows, 320}, {rows * 320, 320, 1}, {rows * 320, 1, rows});
  }
  check_copy<T>({4500, 256}, {256, 1}, {1, 4500});
}

TEST(Stream, Copies) {
  for_each_way([] {
    check_copies<uint8_t>();
    check_copies<BFloat16>();
    check_copies<float>();
    check_copies<double>();
    check_copies<complex<double>>();
  });
}

template <class T, class From>
void check_conversions() {
  for (int64_t n : {1, 63, 64, 1000, 33000, 100003}) check_copy<T, From>({n}, {1}, {1});
  check_copy<T, From>({100003}, {1}, {1}, 1);
  check_copy<T, From>({300, 256}, {256, 1}, {256, 1});
  check_copy<T, From>({300, 256}, {256, 1}, {1, 300});
}

TEST(Stream, Conversions) {
  for_each_way([] {
    check_conversions<float, uint8_t>();
    check_conversions<uint8_t, float>();
    check_conversions<double, float>();
    check_conversions<float, int64_t>();
    check_conversions<float, bool>();
    check_conversions<bool, double>();
    check_conversions<BFloat16, float>();
    check_conversions<complex<double>, int16_t>();
  });
}

/// x + 10 * y, and x > y.
template <class T>
void combine(char* const* data, const int64_t* strides, int64_t n, const void*) {
  for (int64_t i = 0; i < n; ++i) {
    const T x = *reinterpret_cast<const T*>(data[2] + i * strides[2]),
            y = *reinterpret_cast<const T*>(data[3] + i * strides[3]);
    reinterpret_cast<T*>(data[0])[i] = x + 10 * y;
    reinterpret_cast<bool*>(data[1])[i] = x > y;
  }
}

template <class T = float>
void check_kernel(const std::vector<int64_t>& sizes, const std::vector<int64_t>& out, const std::vector<int64_t>& x_,
                  const std::vector<int64_t>& y_, int64_t offset = 0, int cost = 1) {
  SCOPED_TRACE(str("sizes ", sizes, " out ", out, " x ", x_, " y ", y_, " offset ", offset, " cost ", cost));
  Strided<T> sum(sizes, out, offset), x(sizes, x_), y(sizes, y_);
  Strided<bool> greater(sizes, out, offset);
  const int64_t n = sum.numel();
  for (int64_t i = 0; i < n; ++i) x.at(i) = static_cast<T>(i % 1000), y.at(i) = static_cast<T>((i * 31) % 770);
  const Operand operands[] = {sum.operand(), greater.operand(), x.operand(), y.operand()};
  run_pointwise(combine<T>, operands, 4, IntArrayRef(sizes), nullptr, cost, 2);
  for (int64_t i = 0; i < n; ++i) {
    ASSERT_EQ(sum.at(i), x.at(i) + 10 * y.at(i)) << i;
    ASSERT_EQ(greater.at(i), x.at(i) > y.at(i)) << i;
  }
  ASSERT_TRUE(sum.untouched_outside());
  ASSERT_TRUE(greater.untouched_outside());
}

TEST(Stream, Kernels) {
  for_each_way([] {
    for (int64_t n : {1, 33000, 40000, 100003}) {
      check_kernel({n}, {1}, {1}, {1});
      check_kernel({n}, {1}, {1}, {0});
      check_kernel({n}, {1}, {1}, {1}, 1);
      check_kernel({n}, {1}, {1}, {1}, 0, 10);  // in larger pieces
      check_kernel({n}, {1}, {1}, {0}, 0, 10);
    }
    check_kernel({30, 2500}, {2560, 1}, {2500, 1}, {1, 0}, 0, 10);
    check_kernel({3000, 64}, {64, 1}, {64, 1}, {0, 1}, 0, 10);
    check_kernel({300, 256}, {256, 1}, {256, 1}, {1, 0});
    check_kernel({300, 256}, {256, 1}, {256, 1}, {0, 1});
    check_kernel({300, 256}, {320, 1}, {256, 1}, {256, 1});
    check_kernel({300, 250}, {250, 1}, {250, 1}, {0, 1});
    check_kernel({300, 200}, {256, 1}, {200, 1}, {1, 0});
    // Short rows, several at a time in a tile, with a repeated one.
    check_kernel({3000, 64}, {64, 1}, {64, 1}, {0, 1});
    check_kernel({3000, 60}, {60, 1}, {60, 1}, {0, 1});
    check_kernel({3000, 64}, {64, 1}, {64, 1}, {0, 1}, 1);
    check_kernel({5, 700, 48}, {700 * 48, 48, 1}, {700 * 48, 48, 1}, {48, 0, 1});
    // A transposed operand, tile by tile; two of them; results that do not start lines.
    for (int64_t rows : {5, 130})
      for (int64_t cols : {512, 600}) {
        check_kernel({rows, cols}, {640, 1}, {cols, 1}, {1, rows});
        check_kernel({rows, cols}, {640, 1}, {1, rows + 1}, {1, rows});
        check_kernel<double>({rows, cols}, {cols, 1}, {cols, 1}, {1, rows});
        check_kernel({rows, cols}, {cols, 1}, {1, rows}, {0, 1});
        check_kernel({rows, cols}, {640, 1}, {1, 640}, {1, 0}, 1);
        check_kernel({rows, cols}, {1, 192}, {cols, 1}, {1, rows});
      }
    check_kernel({3, 50, 640}, {50 * 640, 640, 1}, {50 * 640, 640, 1}, {1, 3, 150});
    // Whole rows in a tile.
    check_kernel({130, 256}, {256, 1}, {256, 1}, {1, 130});
    check_kernel({130, 400}, {400, 1}, {400, 1}, {1, 130});
    check_kernel({130, 100}, {100, 1}, {1, 130}, {100, 1});
    check_kernel<double>({130, 256}, {256, 1}, {256, 1}, {1, 130});
    // Strided columns, in small tiles.
    check_kernel({30, 700}, {704, 1}, {1400, 2}, {700, 1});
    check_kernel({30, 700}, {704, 1}, {2100, 3}, {1400, 2}, 1);
  });
}

TEST(Stream, InPlaceIsLeftAlone) {
  for_each_way([] {
    const int64_t n = 70000;
    Strided<float> x({n}, {1}), y({n}, {1});
    Strided<bool> greater({n}, {1});
    for (int64_t i = 0; i < n; ++i) x.at(i) = static_cast<float>(i % 1000), y.at(i) = static_cast<float>(i % 7);
    const Operand operands[] = {x.operand(), greater.operand(), x.operand(), y.operand()};
    run_pointwise(combine<float>, operands, 4, IntArrayRef(&n, 1), nullptr, 1, 2);
    for (int64_t i = 0; i < n; ++i) ASSERT_EQ(x.at(i), static_cast<float>(i % 1000 + 10 * (i % 7)));
  });
  // Nor with a transposed operand, in tiles.
  for_each_way([] {
    const int64_t sizes[] = {130, 512}, n = 130 * 512;
    Strided<float> x({130, 512}, {512, 1}), y({130, 512}, {1, 130});
    Strided<bool> greater({130, 512}, {512, 1});
    for (int64_t i = 0; i < n; ++i) x.at(i) = static_cast<float>(i % 1000), y.at(i) = static_cast<float>(i % 7);
    const Operand operands[] = {x.operand(), greater.operand(), x.operand(), y.operand()};
    run_pointwise(combine<float>, operands, 4, IntArrayRef(sizes, 2), nullptr, 1, 2);
    for (int64_t i = 0; i < n; ++i) ASSERT_EQ(x.at(i), static_cast<float>(i % 1000 + 10 * (i % 7)));
  });
}

}  // namespace
}  // namespace lampas::test
