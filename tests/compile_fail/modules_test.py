#!/usr/bin/env python3
"""What must not compile, and what the compiler then says: misuse of modules is explained in words.

  modules_test.py COMPILER INCLUDE_DIRECTORY
"""
import subprocess
import sys

BEGIN = """#include <lampas/nn.h>
using namespace lampas;
struct Overloaded : nn::Module {
  Tensor forward(Tensor x) { return x; }
  Tensor forward(Tensor x, int) { return x; }
};
struct Void : nn::Module { void forward(Tensor) {} };
struct Reference : nn::Module { Tensor forward(Tensor& x) { return x; } };
struct NoDefault : nn::Module { explicit NoDefault(int) {} Tensor forward(Tensor x) { return x; } };
struct NotAModule { Tensor forward(Tensor x) { return x; } };
"""
# (what, code, part of the message; empty: compiles)
CASES = [
    ("the good cases", """
     nn::AnyModule any(nn::Linear(1, 2));
     nn::Linear fc(1, 2);
     fc->register_forward_pre_hook([](nn::Module&, const Tensor& x) { return x; });
     fc->register_forward_hook([](nn::Module&, const std::vector<Tensor>&, nn::AnyValue&) {});
     fc->register_full_backward_hook([](nn::Module&, const Tensor&, const Tensor&) {});""", ""),
    ("an overloaded forward", "nn::AnyModule any(std::make_shared<Overloaded>());",
     "one forward() that is neither overloaded nor a template"),
    ("a forward that returns nothing", "nn::AnyModule any(std::make_shared<Void>());",
     "AnyModule cannot store modules that return void"),
    ("a forward that changes its argument", "nn::AnyModule any(std::make_shared<Reference>());",
     "Modules stored inside AnyModule must not take references"),
    ("a base class pointer", "std::shared_ptr<nn::Module> m; nn::AnyModule any(m);", "need the module's own class"),
    ("something else", "nn::AnyModule any(std::make_shared<NotAModule>());", "Can only store object derived from nn::Module"),
    ("a holder without arguments", "nn::ModuleHolder<NoDefault> holder;", "This module has no default constructor"),
    ("a pre-hook of another form", "nn::Linear fc(1, 2); fc->register_forward_pre_hook([](int) {});",
     "a forward pre-hook takes (Module&, inputs)"),
    ("a forward hook of another form", "nn::Linear fc(1, 2); fc->register_forward_hook([](nn::Module&, const Tensor&) {});",
     "a forward hook takes (Module&, inputs, output)"),
    ("a backward hook of another form", "nn::Linear fc(1, 2); fc->register_full_backward_hook([](const Tensor&) {});",
     "a backward hook takes (Module&, gradients of the inputs, gradients of the outputs)"),
    ("one tensor as a list", "nn::ParameterList list; list->extend(Tensor());", "append() takes one tensor"),
]


def main():
    compiler, include = sys.argv[1:3]
    failed = 0
    for what, code, message in CASES:
        p = subprocess.run([compiler, "-std=c++17", "-fsyntax-only", "-w", "-I", include, "-x", "c++", "-"],
                           input=f"{BEGIN}\nvoid test() {{\n{code}\n}}\n", capture_output=True, text=True)
        good = p.returncode == 0 if not message else p.returncode != 0 and message in p.stderr
        if not good:
            failed += 1
            print(f"{what}: " + (f'expected "{message}"' if message else "does not compile") + "\n" + p.stderr[:2000])
    print(f"{len(CASES) - failed} of {len(CASES)} cases as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
