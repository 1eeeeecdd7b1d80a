#!/usr/bin/env python3
"""Runs the character models: their losses against PyTorch's from the same seed, checkpoint, sample, and refusals.
The losses: examples/text/reference.py MODEL --epochs 2 --limit 30 --width 32 --batch-size 16 --steps 32 --threads 1"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

PROGRAMS = {"char_lm": os.path.abspath(sys.argv.pop(1)), "transformer_lm": os.path.abspath(sys.argv.pop(1))}
SETTINGS = ("--epochs", "2", "--limit", "30", "--width", "32", "--batch-size", "16", "--steps", "32", "--threads", "1", "--sample", "20")
LOSSES = {"char_lm": (3.1785, 3.1305), "transformer_lm": (3.4570, 3.3066)}  # validation, after each epoch


class Text(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory()
        self.addCleanup(self.tmp.cleanup)
        self.out = os.path.join(self.tmp.name, "out")

    def run_program(self, program, *arguments):
        return subprocess.run([PROGRAMS[program], "--out", self.out, *arguments], capture_output=True, text=True, cwd=self.tmp.name)

    def refused(self, program, message, *arguments):
        p = self.run_program(program, *arguments)
        self.assertEqual(p.returncode, 2, p.stderr)
        self.assertRegex(p.stderr, rf"\A{program}: [^\n]+\n\Z")
        self.assertIn(message, p.stderr)
        self.assertFalse(os.path.exists(self.out))

    def test_learns_as_pytorch_does(self):
        for program, losses in LOSSES.items():
            with self.subTest(program):
                p = self.run_program(program, *SETTINGS)
                self.assertEqual((p.returncode, p.stderr), (0, ""))
                reached = [float(x) for x in re.findall(r"^epoch \d/2 validation loss ([\d.]+)", p.stdout, re.M)]
                self.assertEqual(len(reached), 2)
                for got, wanted in zip(reached, losses):
                    # The order of sums differs, and sixty steps of Adam amplify that.
                    self.assertLess(abs(got - wanted), 0.002 * wanted)
                self.assertIn("(identical)", p.stdout)
                p = self.run_program(program, *SETTINGS, "--load", os.path.join(self.out, "model.safetensors"))
                self.assertEqual((p.returncode, p.stderr), (0, ""))
                self.assertRegex(p.stdout, r"20 characters at temperature 0\.8")

    def test_refuses(self):
        other = os.path.join(self.tmp.name, "other.txt")
        with open(other, "w") as f:
            f.write("too short")
        for program in PROGRAMS:
            self.refused(program, "unknown option", "--nonsense", "1")
            self.refused(program, "--epochs: expected an integer", "--epochs", "0")
            self.refused(program, "too short", "--data", other, "--prompt", "too")
            self.refused(program, "cannot be opened", "--data", other + ".gz")
            self.refused(program, other, "--load", other)


if __name__ == "__main__":
    unittest.main()
