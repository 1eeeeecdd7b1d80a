// Pickle programs that no honest writer makes: each ends in an error that names what is wrong.
#include <gtest/gtest.h>

#include "lampas/ops/factories.h"
#include "lampas/ops/pointwise.h"
#include "serialize/pickle.h"
#include "serialize/zip.h"

namespace lampas::serialize {
namespace {

IValue run(const std::string& program) {
  return unpickle("\x80\x02" + program, "test.pt", [](const std::string&, ScalarType dtype, int64_t numel) {
    check(numel <= 1000, "storage too large");
    return ones({numel}, dtype);
  });
}
std::string error_of(const std::string& program) {
  try {
    run(program);
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}
#define EXPECT_ERROR(program, phrase) EXPECT_NE(error_of(program).find(phrase), std::string::npos) << error_of(program)

std::string text(const std::string& s) {
  return std::string("X") + static_cast<char>(s.size()) + std::string(3, '\0') + s;
}
std::string integer(int64_t v) {
  std::string s = "\x8a\x08";
  for (int k = 0; k < 8; ++k) s += static_cast<char>(static_cast<uint64_t>(v) >> (8 * k));
  return s;
}
/// A float tensor over a storage of `numel` elements.
std::string tensor_program(int64_t numel, int64_t offset, int64_t size, int64_t stride) {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" + text("0") +
         text("cpu") + integer(numel) + "tQ" + integer(offset) + "(" + integer(size) + "t(" + integer(stride) +
         "t\x89"
         "ccollections\nOrderedDict\n)RtR.";
}

}  // namespace

TEST(Unpickle, Data) {
  EXPECT_EQ(run("K\x05.").toInt(), 5);
  EXPECT_EQ(run(integer(-3) + ".").toInt(), -3);
  EXPECT_EQ(run(std::string("\x8a\x01\xff.", 4)).toInt(), -1);
  EXPECT_EQ(run("](K\x01K\x02"
                "e.")
                .toIntVector(),
            (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(run("}" + text("a") + "K\x07s.").toDictRef()[0].second.toInt(), 7);
  EXPECT_TRUE(run("N.").isNone());
  EXPECT_EQ(run(tensor_program(10, 2, 4, 2)).toTensor().sizes(), IntArrayRef({4}));
}

TEST(Unpickle, CodeIsRefusedByName) {
  EXPECT_ERROR("cos\nsystem\n(" + text("rm") + "tR.", "os system");
  EXPECT_ERROR("cbuiltins\neval\n(" + text("1") + "tR.", "builtins eval");
  EXPECT_ERROR("cmy.module\nNet\n)\x81}b.", "my.module Net");
  EXPECT_ERROR("cos\nsystem\n.", "os system");
  EXPECT_ERROR("cos\nsystem\n\x85.", "os system");
  EXPECT_EQ(run("ctorch\nfloat32\n.").toStringRef(), "torch.float32");
}

TEST(Unpickle, Structure) {
  EXPECT_ERROR("", "ends early");
  EXPECT_ERROR(".", "leaves 0 values");
  EXPECT_ERROR("K\x01K\x02.", "leaves 2 values");
  EXPECT_ERROR("a.", "not there");
  EXPECT_ERROR("t.", "mark is missing");
  EXPECT_ERROR(
      "(K\x01"
      "e.",
      "not there");
  EXPECT_ERROR(
      "K\x01(K\x01"
      "e.",
      "no list");
  EXPECT_ERROR("}(K\x01u.", "key without a value");
  EXPECT_ERROR("h\x05.", "unset memo");
  EXPECT_ERROR("K\x01r\xff\xff\xff\x7f.", "memo index");
  EXPECT_ERROR("X\xff\xff\xff\x7f.", "ends early");
  EXPECT_ERROR("\xff.", "instruction 255");
  EXPECT_ERROR("}(K\x01K\x02tK\x03s.", "neither text nor number");
  EXPECT_EQ(error_of("K\x01.").find("no error"), 0u);
}

TEST(Unpickle, CyclesAndDepth) {
  EXPECT_ERROR(
      "]q\x01h\x01"
      "a.",
      "contains itself");
  EXPECT_ERROR(
      "]q\x01]q\x02h\x01"
      "ah\x01h\x02"
      "a.",
      "contains itself");
  EXPECT_ERROR(")" + std::string(300, '\x85') + ".", "nested too deeply");
  std::string lists;
  for (int k = 0; k < 300; ++k) lists += "]";
  EXPECT_ERROR(lists + std::string(299, 'a') + ".", "nested too deeply");
  std::string fine;
  for (int k = 0; k < 100; ++k) fine += "]";
  EXPECT_NO_THROW(run(fine + std::string(99, 'a') + "."));
}

TEST(Unpickle, Tensors) {
  EXPECT_ERROR(tensor_program(10, 0, 11, 1), "beyond its storage");
  EXPECT_ERROR(tensor_program(10, 7, 4, 1), "beyond its storage");
  EXPECT_ERROR(tensor_program(10, -1, 4, 1), "impossible shape");
  EXPECT_ERROR(tensor_program(10, 0, 4, -1), "impossible shape");
  EXPECT_ERROR(tensor_program(10, 0, -4, 1), "impossible shape");
  EXPECT_ERROR(tensor_program(10, 0, int64_t{1} << 62, int64_t{1} << 62), "impossible shape");
  EXPECT_ERROR(tensor_program(-1, 0, 1, 1), "negative size");
  EXPECT_EQ(run(tensor_program(10, 0, 0, 1)).toTensor().numel(), 0);
}

TEST(Zip, WriterAndReader) {
  ZipWriter w;
  w.add("a/one", "hello", 5);
  w.add("a/two", "", 0);
  std::string big(100000, 'x');
  w.add("a/three", big.data(), big.size());
  const std::string bytes = w.finish();
  const ZipReader r(bytes.data(), bytes.size(), "test.zip");
  EXPECT_EQ(r.entries().size(), 3u);
  EXPECT_EQ(r.read("a/one", 100), "hello");
  EXPECT_EQ(r.read("a/three", 1 << 20), big);
  uint64_t size = 1;
  EXPECT_TRUE(r.find("a/two", size));
  EXPECT_EQ(size, 0u);
  EXPECT_THROW(r.read("a/four", 1), Error);
  EXPECT_THROW(r.read("a/three", 10), Error);
  // Data starts at multiples of 64.
  EXPECT_EQ(bytes.find("hello") % 64, 0u);
  EXPECT_EQ(bytes.find("xxx") % 64, 0u);
  std::string damaged = bytes;
  damaged[bytes.find("hello")] = 'j';
  const ZipReader bad(damaged.data(), damaged.size(), "test.zip");
  EXPECT_THROW(bad.read("a/one", 100), Error);
}

}  // namespace lampas::serialize
