#include "ops/grid_sample.h"

#include <algorithm>

#include "../kernel_test.h"
#include "lampas/base/error.h"

namespace lampas {
namespace {

using namespace test;

struct Result {
  std::vector<float> y, dx, dgrid;
};
Result run(const GridShape& s, const std::vector<float>& x, const std::vector<float>& grid,
           const std::vector<float>& g) {
  Result r{std::vector<float>(g.size()), std::vector<float>(x.size()), std::vector<float>(grid.size())};
  grid_sample_kernel.get(kFloat)(s, x.data(), grid.data(), r.y.data());
  grid_sample_backward_kernel.get(kFloat)(s, g.data(), x.data(), grid.data(), r.dx.data(), r.dgrid.data());
  return r;
}

/// Bilinear sampling as it is defined, in double, and its derivatives.
struct Reference {
  std::vector<double> y, dx, dgrid;
  Reference(const GridShape& s, const std::vector<float>& x, const std::vector<float>& grid,
            const std::vector<float>& g)
      : y(g.size()), dx(x.size()), dgrid(grid.size()) {
    for (int64_t b = 0; b < s.batch; ++b)
      for (int64_t o = 0; o < s.points; ++o) {
        const int64_t at = 2 * (b * s.points + o);
        double place[2], slope[2];
        for (int d = 0; d < 2; ++d) {
          // The place is found in float: where it falls between elements, every rounding shows.
          const auto n = static_cast<float>(s.in[d]);
          const float c = grid[at + 1 - d], half = (s.align_corners ? n - 1 : n) / 2;
          const float p = s.align_corners ? (c + 1) * half : ((c + 1) * n - 1) / 2;
          place[d] = s.padding == GridPadding::Border ? std::clamp(p, 0.0F, n - 1) : p;
          slope[d] = s.padding == GridPadding::Border && (p <= 0 || p >= n - 1) ? 0 : half;
        }
        for (int t = 0; t < 4; ++t) {
          const double row = std::floor(place[0]) + t / 2, col = std::floor(place[1]) + t % 2;
          const double h = 1 - std::abs(place[0] - row), w = 1 - std::abs(place[1] - col);
          if (!(row >= 0 && row < static_cast<double>(s.in[0]) && col >= 0 && col < static_cast<double>(s.in[1])))
            continue;
          for (int64_t c = 0; c < s.channels; ++c) {
            const int64_t from = ((b * s.channels + c) * s.in[0] + static_cast<int64_t>(row)) * s.in[1] +
                                 static_cast<int64_t>(col),
                          to = (b * s.channels + c) * s.points + o;
            const double v = x[from], gy = g[to];
            y[to] += h * w * v;
            dx[from] += h * w * gy;
            dgrid[at + 1] += (t / 2 ? 1 : -1) * slope[0] * w * v * gy;
            dgrid[at] += (t % 2 ? 1 : -1) * slope[1] * h * v * gy;
          }
        }
      }
  }
};

TEST(GridSample, LinearAgreesWithItsDefinition) {
  for_each_target([] {
    for (GridPadding padding : {GridPadding::Zeros, GridPadding::Border})
      for (bool align : {false, true})
        for (int64_t channels : {1, 3, 8, 16, 37})
          for (int64_t points : {1, 15, 33, 100}) {
            SCOPED_TRACE(str(channels, " channels, ", points, " points", align ? ", aligned" : ""));
            GridShape s;
            s.padding = padding, s.align_corners = align;
            s.batch = 2, s.channels = channels, s.points = points, s.in[0] = 7, s.in[1] = 19;
            const auto x = random_values<float>(2 * channels * s.plane(), 1),
                       g = random_values<float>(2 * channels * points, 2);
            auto grid = random_values<float>(2 * points * 2, 3);
            for (float& v : grid) v *= 0.6F;
            grid[0] = grid[1] = -1;
            if (points > 3) grid[2] = grid[3] = 1, grid[4] = 1, grid[5] = -1;
            const Result got = run(s, x, grid, g);
            const Reference want(s, x, grid, g);
            for (size_t i = 0; i < got.y.size(); ++i) ASSERT_NEAR(got.y[i], want.y[i], 1e-5) << i;
            for (size_t i = 0; i < got.dx.size(); ++i) ASSERT_NEAR(got.dx[i], want.dx[i], 1e-4) << i;
            for (size_t i = 0; i < got.dgrid.size(); ++i) ASSERT_NEAR(got.dgrid[i], want.dgrid[i], 2e-3) << i;
          }
  });
}

TEST(GridSample, ReadsNothingOutsideAndNothingForNaN) {
  // Infinities wherever no place reaches, one place that is not a number.
  for_each_target([] {
    GridShape s;
    s.batch = 1, s.channels = 1, s.points = 40, s.in[0] = 8, s.in[1] = 8;
    std::vector<float> x(64, INFINITY), grid(80, 0.05F);  // between elements 3 and 4 in both directions
    for (int64_t row : {3, 4})
      for (int64_t col : {3, 4}) x[row * 8 + col] = 2;
    grid[10] = NAN;
    grid[21] = 1e30F;
    const Result r = run(s, x, grid, std::vector<float>(40, 1));
    for (int64_t i = 0; i < 40; ++i) ASSERT_EQ(r.y[i], i == 5 || i == 10 ? 0 : 2) << i;
  });
}

}  // namespace
}  // namespace lampas
