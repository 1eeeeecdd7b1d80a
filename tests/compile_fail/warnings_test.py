#!/usr/bin/env python3
"""Programs compile without a warning: an optimising compiler sees through lampas's headers into theirs.

  warnings_test.py COMPILER INCLUDE_DIRECTORY
"""
import subprocess
import sys

PROGRAM = """#include <lampas/lampas.h>
using namespace lampas;
void use(const Tensor&);
void test() {
  Tensor a = rand({2, 3}, kFloat);
  use(tensor({1, 2, 3})), use(tensor({{1., 2.}, {3., 4.}})), use(tensor(1.5)), use(tensor({true, false}));
  use(full({2, 2}, 1.5, dtype(kDouble).requires_grad(true))), use(randint(0, 5, {3}, kLong)), use(arange(3, kFloat));
  use(ones({2}, device(kCPU).dtype(kInt))), use(from_blob(a.data_ptr(), {2, 3})), use(full_like(a, 2));
  use(tensor(std::vector<float>{1, 2})), use(tensor(Half(1)));
  auto options = TensorOptions().dtype(kFloat).device(kCPU).requires_grad(false).layout(kStrided);
  use(zeros({1}, options)), use(empty({0}, options).to(options)), use(a.to(kDouble)), use(rand_like(a, options));
  nn::Sequential net(nn::Linear(3, 2), nn::ReLU());
  optim::SGD sgd(net->parameters(), 0.1);
  sgd.zero_grad();
  net->forward(a).sum().backward();
  sgd.step();
}
"""


def main():
    compiler, include = sys.argv[1:3]
    failed = 0
    for level in ("-O1", "-O2"):
        p = subprocess.run([compiler, "-std=c++17", level, "-Wall", "-Wextra", "-Werror", "-I", include, "-x", "c++", "-c", "-",
                            "-o", "/dev/null"], input=PROGRAM, capture_output=True, text=True)
        if p.returncode != 0:
            failed = 1
            print(f"{level}:\n{p.stderr[:2000]}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
