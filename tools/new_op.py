#!/usr/bin/env python3
"""Starts an operation: writes the four files every operation has and declares it in a public header.

  tools/new_op.py NAME [--header FAMILY]

  src/ops/NAME.h              the kernel's slot
  src/ops/NAME_cpu.cpp        the kernel
  src/ops/NAME.cpp            the struct (forward, backward, what it saves) and the public function
  tests/ops/NAME_test.cpp     values, layouts, derivatives of two orders, errors
  include/lampas/ops/FAMILY.h one declaration more (default: pointwise)

What it writes compiles and passes its tests as the operation x * |x|; replace the arithmetic (in the kernel, in backward and in the test's
reference) by your own, then the comments."""
import argparse
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

SLOT = """#pragma once

#include "backend/kernel.h"
#include "backend/pointwise.h"

namespace lampas {

/// y = x * |x|: operands {y, x}, no params. float32, float64, float16 and bfloat16.
inline Kernel<PointwiseFn> @name@_kernel{"@name@"};

}  // namespace lampas
"""

KERNEL = """// @name@: x * |x|. One product, correctly rounded; the 16-bit dtypes compute in float32 and round once more.
// NaN stays NaN, infinities keep their sign.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/@name@_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include "backend/cpu/elementwise-inl.h"
#include "backend/cpu/kernel_set.h"
#include "ops/@name@.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

struct @Name@ : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Mul(x, hn::Abs(x));
  }
};

void fill_slots() { set_lanes<@Name@, 1>(@name@_kernel); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
"""

OP = """#include "ops/@name@.h"

#include "lampas/ops/@family@.h"
#include "ops/elementwise_op.h"

namespace lampas {

namespace {

struct @Name@ {
  static constexpr auto name = "@name@";
  using saves = Saves<In<0>>;  // what backward receives after the gradient: here the input
  Tensor forward(const Tensor& x) const {
    return elementwise({name, @name@_kernel, Elementwise::floating}, nullptr, {}, {&x});
  }
  // Written with differentiable operations, so that every order of derivative exists.
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x) const { return {g.mul(x.abs().mul(2))}; }
};

}  // namespace

Tensor @name@(const Tensor& x) {
  check(x.defined(), "@name@: expected a tensor, got an undefined one");
  return apply(@Name@{}, x);
}

}  // namespace lampas
"""

TEST = """#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "lampas/autograd/gradcheck.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/@family@.h"

namespace lampas {
namespace {

double reference(double x) { return x * std::abs(x); }

std::vector<double> numbers(const Tensor& x) {
  const Tensor y = x.to(kDouble).contiguous();
  return std::vector<double>(y.data_ptr<double>(), y.data_ptr<double>() + y.numel());
}

/// Compares with the reference, relative to `tolerance`.
void expect_reference(const Tensor& x, double tolerance) {
  const Tensor y = @name@(x);
  EXPECT_EQ(y.sizes(), x.sizes());
  const auto in = numbers(x), out = numbers(y);
  for (size_t i = 0; i < in.size(); ++i) {
    const double want = reference(in[i]);
    if (std::isfinite(want))
      EXPECT_NEAR(out[i], want, tolerance * std::abs(want)) << "at " << i << ", x = " << in[i];
    else
      EXPECT_EQ(std::isnan(want), std::isnan(out[i])) << "at " << i;
  }
}

/// -3 ... 3, sizes around the vector lengths included by the layouts below.
Tensor samples(ScalarType dtype) { return linspace(-3, 3, 7 * 35).to(dtype).view({7, 35}); }

TEST(@Name@, MatchesTheReferenceInEveryLayout) {
  for (const auto& [dtype, tolerance] : {std::pair{kFloat, 1e-7}, {kDouble, 1e-15}, {kHalf, 1e-3}, {kBFloat16, 8e-3}}) {
    const Tensor x = samples(dtype);
    for (const Tensor& layout : {x, x.t(), x.slice(1, 3, 30, 2), x.select(0, 2).expand({3, 35}), x.slice(0, 0, 0),
                                 x.select(0, 1).select(0, 1)})
      expect_reference(layout, tolerance);
  }
}

TEST(@Name@, NanAndInfinities) {
  std::vector<float> special = {INFINITY, -INFINITY, NAN, -0.0f};
  const Tensor y = @name@(from_blob(special.data(), {4}));
  const float* p = y.data_ptr<float>();
  EXPECT_EQ(p[0], INFINITY);
  EXPECT_EQ(p[1], -INFINITY);
  EXPECT_TRUE(std::isnan(p[2]));
  EXPECT_EQ(p[3], 0.0f);
}

TEST(@Name@, Derivatives) {
  // Away from 0, where the second derivative jumps.
  const Tensor x = linspace(0.5, 3, 12, kDouble).view({3, 4}).requires_grad_();
  const auto f = [](const autograd::variable_list& in) -> autograd::variable_list { return {@name@(in[0].t())}; };
  EXPECT_TRUE(autograd::gradcheck(f, {x}));
  EXPECT_TRUE(autograd::gradgradcheck(f, {x}));
}

TEST(@Name@, RefusesAnUndefinedTensor) {
  try {
    @name@(Tensor());
    FAIL() << "no error";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "@name@: expected a tensor, got an undefined one");
  }
}

}  // namespace
}  // namespace lampas
"""

DECLARATION = """/// x * |x|.
LAMPAS_API Tensor @name@(const Tensor& x);
"""


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("name", help="the operation's name, as users will call it: lower_case")
    p.add_argument("--header", default="pointwise", metavar="FAMILY", help="include/lampas/ops/FAMILY.h declares it")
    p.add_argument("--output", default=ROOT, metavar="DIR", help="write below DIR instead of the repository")
    args = p.parse_args()
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", args.name):
        sys.exit(f"new_op: '{args.name}' is no operation's name: lower-case words joined by underscores")
    header = os.path.join("include", "lampas", "ops", args.header + ".h")
    if not os.path.exists(os.path.join(ROOT, header)):
        sys.exit(f"new_op: {header} does not exist")
    with open(os.path.join(ROOT, header), encoding="utf-8") as f:
        declarations = f.read()
    if re.search(rf"\b{args.name}\(", declarations):
        sys.exit(f"new_op: {header} declares {args.name} already")

    def fill(template):
        camel = "".join(word.capitalize() for word in args.name.split("_"))
        return template.replace("@name@", args.name).replace("@Name@", camel).replace("@family@", args.header)

    end = declarations.rindex("}  // namespace lampas")
    files = {
        f"src/ops/{args.name}.h": fill(SLOT),
        f"src/ops/{args.name}_cpu.cpp": fill(KERNEL),
        f"src/ops/{args.name}.cpp": fill(OP),
        f"tests/ops/{args.name}_test.cpp": fill(TEST),
        header: declarations[:end].rstrip() + "\n" + fill(DECLARATION) + "\n" + declarations[end:],
    }
    for path in files:
        if path != header and os.path.exists(os.path.join(args.output, path)) and args.output == ROOT:
            sys.exit(f"new_op: {path} exists already")
    for path, text in files.items():
        target = os.path.join(args.output, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8") as f:
            f.write(text)
        print(path)
    formatter = shutil.which("clang-format-14")
    if formatter:  # lines move with the length of the name
        subprocess.run([formatter, "-i", f"--style=file:{ROOT}/.clang-format", *(os.path.join(args.output, f) for f in files)], check=True)


if __name__ == "__main__":
    main()
