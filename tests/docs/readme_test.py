#!/usr/bin/env python3
"""The example in README.md is docs/readme_example.cpp, word for word, and that program learns its curve and saves it."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as f:
        return f.read()


class Readme(unittest.TestCase):
    def test_example_is_the_compiled_one(self):
        self.assertIn("```cpp\n" + read("docs/readme_example.cpp") + "```", read("README.md"))

    def test_example_learns(self):
        with tempfile.TemporaryDirectory() as work:
            p = subprocess.run([PROGRAM], cwd=work, capture_output=True, text=True, timeout=300)
            self.assertEqual(p.returncode, 0, p.stderr)
            losses = [float(v) for v in re.findall(r"step \d+: loss (\S+)", p.stdout)]
            self.assertEqual(len(losses), 4, p.stdout)
            self.assertLess(losses[-1], 0.002, p.stdout)
            self.assertGreater(os.path.getsize(os.path.join(work, "curve.safetensors")), 4 * (64 + 64 + 64 + 1))

    def test_links_lead_somewhere(self):
        for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"):
            for target in re.findall(r"\]\(([^)#:]+)\)", read(name)):
                self.assertTrue(os.path.exists(os.path.join(ROOT, target)), f"{name}: {target}")


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
