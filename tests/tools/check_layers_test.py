#!/usr/bin/env python3
"""Each rule of tools/check_layers.py is broken once in a scratch repository and must be reported, and a clean one must pass."""
import os
import subprocess
import sys
import tempfile
import unittest

TOOL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "check_layers.py")
CLEAN = {
    "include/lampas/base/error.h": "#pragma once\n#include <string>\n",
    "include/lampas/core/dtype.h": '#pragma once\n#include "lampas/base/error.h"\n#define LAMPAS_X 1\n',
    "include/lampas/tensor/tensor.h": '#pragma once\n#include "lampas/core/dtype.h"\n',
    "include/lampas/nn/module.h": '#pragma once\n#include "lampas/tensor/tensor.h"\n',
    "include/lampas/optim/sgd.h": '#pragma once\n#include "lampas/tensor/tensor.h"\n',
    "include/lampas/lampas.h": '#pragma once\n#include "lampas/nn/module.h"\n#include "lampas/optim/sgd.h"\n',
    "include/torch/torch.h": '#pragma once\n#include <lampas/lampas.h>\n#define TORCH_CHECK(x)\n',
    "src/backend/kernel.h": '#pragma once\n#include "lampas/core/dtype.h"\n',
    "src/core/storage.cpp": '#include "backend/kernel.h"\n',
    "src/ops/softmax.h": '#pragma once\n#include "backend/kernel.h"\ninline Kernel<void()> softmax_kernel{"softmax"};\n',
    "src/ops/softmax_cpu.cpp": '#include "ops/softmax.h"\n',
}


def check(changes):
    with tempfile.TemporaryDirectory() as root:
        subprocess.run(["git", "init", "-q", root], check=True)
        for path, text in {**CLEAN, **changes}.items():
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(root, path), "w") as f:
                f.write(text)
        p = subprocess.run([sys.executable, TOOL, root], capture_output=True, text=True)
        return p.returncode, p.stdout


class CheckLayers(unittest.TestCase):
    def test_clean_tree_passes(self):
        code, out = check({})
        self.assertEqual(code, 0, out)

    def test_each_violation_is_reported(self):
        h = "#pragma once\n"
        cases = [
            ("include/lampas/core/a.h", h + '#include "lampas/tensor/tensor.h"\n', "core (L2) must not include tensor (L3)"),
            ("include/lampas/optim/a.h", h + '#include "lampas/nn/module.h"\n', "optim must not include its sibling nn"),
            ("src/core/a.h", h + '#include "backend/kernel.h"\n', "core must not include its sibling backend"),
            ("include/lampas/nn/a.h", h + '#include "backend/kernel.h"\n', "a public header must not include the internal"),
            ("src/ops/a_cpu.cpp", '#include "lampas/tensor/tensor.h"\n', "a kernel file must not reach"),
            ("src/ops/b.h", h + '#include "lampas/tensor/tensor.h"\n', None),
            ("include/lampas/nn/b.h", h + "#include <sstream>\n", "<sstream> must not be included by a public header"),
            ("include/lampas/nn/b.h", h + "#include <hwy/highway.h>\n", "<hwy/highway.h> must not be included"),
            ("include/lampas/nn/b.h", h + "#define CHECK(x)\n", "macro CHECK lacks the LAMPAS_ prefix"),
            ("include/torch/b.h", h + "#define LOG(x)\n", "macro LOG: forwarding headers define"),
            ("src/ops/b.h", h + 'inline Kernel<void(int)>\n    softmax_kernel{"b"};\n', "kernel softmax_kernel has the name of one in"),
            ("src/nn/b.h", h + "using namespace lampas;\n", "no `using namespace` in a header"),
            ("include/lampas/nn/b.h", "int x;\n", "a header needs #pragma once"),
            ("src/nn/b.cpp", "\n" * 801, "the limit is 800"),
            ("src/nn/b.cpp", '#include "lampas/nn/gone.h"\n', "does not exist"),
            ("src/gadgets/b.cpp", "\n", "unknown layer gadgets"),
        ]
        for path, text, message in cases:
            with self.subTest(path=path, text=text[:60]):
                code, out = check({path: text})
                if message is None:
                    self.assertEqual(code, 0, out)
                else:
                    self.assertEqual(code, 1, out)
                    self.assertIn(message, out)

    def test_a_kernel_is_followed_through_headers(self):
        code, out = check({"src/ops/a.h": '#pragma once\n#include "lampas/tensor/tensor.h"\n',
                           "src/ops/a_cpu.cpp": '#include "ops/a.h"\n'})
        self.assertEqual(code, 1, out)
        self.assertIn("(through src/ops/a.h)", out)


if __name__ == "__main__":
    unittest.main()
