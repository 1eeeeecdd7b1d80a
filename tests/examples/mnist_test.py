#!/usr/bin/env python3
"""Runs the MNIST example: training, checkpoint, resuming, and every way of refusing bad input: one line on standard error, exit status
2, nothing written."""
import gzip
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM, DATA = os.path.abspath(sys.argv.pop(1)), os.path.abspath(sys.argv.pop(1))
FILES = ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")


class Mnist(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory()
        self.addCleanup(self.tmp.cleanup)
        self.data, self.out = os.path.join(self.tmp.name, "data"), os.path.join(self.tmp.name, "out")
        shutil.copytree(DATA, self.data)

    def run_program(self, *arguments):
        return subprocess.run([PROGRAM, "--data", self.data, "--out", self.out, "--threads", "1", "--batch-size", "256", *arguments], capture_output=True,
                              text=True, cwd=self.tmp.name)

    def written(self):
        return {name: open(os.path.join(self.out, name), "rb").read() for name in os.listdir(self.out)} if os.path.isdir(self.out) else {}

    def refused(self, message, *arguments):
        before = self.written()
        p = self.run_program(*arguments)
        self.assertEqual(p.returncode, 2, p.stderr)
        self.assertRegex(p.stderr, r"\Amnist: [^\n]+\n\Z")
        self.assertIn(message, p.stderr)
        self.assertEqual(self.written(), before)

    def test_trains_saves_reloads_and_resumes(self):
        p = self.run_program("--epochs", "1", "--optimizer", "adam")
        self.assertEqual((p.returncode, p.stderr), (0, ""))
        self.assertRegex(p.stdout, r"epoch 1/1 test loss 0\.0\d+, test accuracy 9[89]\.\d+%")
        self.assertRegex(p.stdout, r"reloaded into a fresh model: test accuracy 9[89]\.\d+% \(identical\)")
        self.assertNotIn("\r", p.stdout)  # plain lines where there is no terminal
        files = self.written()
        self.assertEqual(sorted(files), ["curves.svg", "mistakes.svg", "model.safetensors"])
        for name in ("curves.svg", "mistakes.svg"):
            self.assertTrue(files[name].startswith(b"<svg") and files[name].rstrip().endswith(b"</svg>"))
        self.run_program("--epochs", "1", "--optimizer", "adam")
        self.assertEqual(self.written()["model.safetensors"], files["model.safetensors"], "one seed gives one model")
        checkpoint = os.path.join(self.out, "model.safetensors")
        p = self.run_program("--epochs", "2", "--optimizer", "adam", "--resume", checkpoint)
        self.assertEqual((p.returncode, p.stderr), (0, ""))
        self.assertIn("epoch 2/2", p.stdout)
        self.assertNotIn("epoch 1/2", p.stdout)
        self.refused("2 epochs already", "--epochs", "2", "--optimizer", "adam", "--resume", checkpoint)
        self.refused("--optimizer adam, not sgd", "--epochs", "3", "--resume", checkpoint)
        # Files that are no checkpoint, or only part of one.
        good, path = self.written()["model.safetensors"], os.path.join(self.tmp.name, "checkpoint")
        self.refused(path, "--resume", path)
        for content in (b"", good[:100], good[:-1], b"\xff" * 64, good[:8] + b"[" + good[9:]):
            with open(path, "wb") as f:
                f.write(content)
            with self.subTest(size=len(content)):
                self.refused(path, "--epochs", "3", "--optimizer", "adam", "--resume", path)

    def test_bad_options(self):
        for message, *arguments in (
                ("unknown option \"--epoch\"", "--epoch", "1"), ("--epochs: expected an integer from 1", "--epochs", "0"),
                ("--epochs: expected an integer", "--epochs", "two"), ("--lr: expected a positive number", "--lr", "-1"),
                ("--lr: expected a positive number", "--lr", "nan"), ("--optimizer: expected sgd or adam", "--optimizer", "lion"),
                ("--batch-size: expected an integer", "--batch-size", "1"), ("--seed: expected a value", "--seed"),
                ("--threads: expected an integer", "--threads=0"), ("--device", "--device", "toaster"),
                ("--device: expected cpu", "--device", "cuda:7")):
            with self.subTest(arguments):
                self.refused(message, *arguments)

    def test_bad_data(self):
        for name in FILES:
            path = os.path.join(self.data, name)
            whole = open(path, "rb").read()
            plain = gzip.decompress(whole)
            cases = {"missing": None, "empty": b"", "truncated": whole[:len(whole) // 2], "text": b"no images here\n",
                     "corrupt": whole[:len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 255]) + whole[len(whole) // 2 + 1:],
                     "short": gzip.compress(plain[:-1]), "long": gzip.compress(plain + b"\0"),
                     "other kind": gzip.compress(struct.pack(">I", 0x999) + plain[4:])}
            for what, content in cases.items():
                with self.subTest(file=name, what=what):
                    if content is None:
                        os.remove(path)
                    else:
                        with open(path, "wb") as f:
                            f.write(content)
                    self.refused(name.removesuffix(".gz"), "--epochs", "1")
            with open(path, "wb") as f:
                f.write(whole)

    def test_output_folder_is_a_file(self):
        with open(self.out, "w", encoding="ascii") as f:
            f.write("precious")
        p = self.run_program("--epochs", "1")
        self.assertEqual(p.returncode, 2)
        self.assertEqual(open(self.out, encoding="ascii").read(), "precious")


if __name__ == "__main__":
    unittest.main()
