// The kernels of every instruction set this machine has, on one shape for each way to convolve.
#include "internal/conv/definition.h"
#include "internal/kernel_test.h"

namespace lampas {
namespace {

using namespace test;

TEST(Conv, EveryInstructionSet) {
  for_each_target([&] {
    for (const Case& c :
         {Case{2, 1, 18, 1, {{28, 5}, {28, 5}}}, Case{1, 3, 32, 1, {{33, 7, 2, 3, 3}, {34, 7, 2, 3, 3}}},
          Case{3, 2, 70, 1, {{21, 5, 1, 2, 2}, {18, 4, 1, 1, 1}}},
          Case{2, 3, 3, 3, {{28, 3, 1, 1, 1}, {29, 3, 1, 1, 1}}}, Case{37, 3, 11, 1, {{8, 5}, {9, 5, 1, 1, 1}}},
          Case{2, 20, 50, 1, {{13, 5, 2, 1, 2}, {22, 5, 1, 1, 1}}}, Case{2, 64, 48, 1, {{9, 1}, {14, 1}}},
          Case{2, 8, 12, 1, {{14, 4, 2, 1, 1}, {32, 4, 2, 1, 1}}}})
      check<float>(make_shape(c), true);
  });
}

}  // namespace
}  // namespace lampas
