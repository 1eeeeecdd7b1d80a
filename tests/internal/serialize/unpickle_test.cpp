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
  std::string bytes;
  ZipWriter w([&](const char* p, size_t n) { bytes.append(p, n); });
  w.add("a/one", "hello", 5);
  w.add("a/two", "", 0);
  std::string big(100000, 'x');
  w.add("a/three", big.data(), big.size());
  w.finish();
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

std::string zip_error(const std::string& bytes) {
  try {
    const ZipReader r(bytes.data(), bytes.size(), "test.zip");
    for (const std::string& entry : r.entries()) r.read(entry, 1 << 20);
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}
void put4(std::string& bytes, size_t at, uint32_t v) {
  for (size_t k = 0; k < 4; ++k) bytes[at + k] = static_cast<char>(v >> (8 * k));
}

TEST(Zip, CompressedEntriesInParts) {
  std::string text, bytes;
  for (unsigned k = 0; k < 100000; ++k) text += static_cast<char>(k * k % 251);
  ZipWriter w([&](const char* p, size_t n) { bytes.append(p, n); });
  w.add("whole", {{text.data(), text.size()}}, true);
  w.add("parts", {{text.data(), 7}, {nullptr, 0}, {text.data() + 7, text.size() - 7}}, true);
  w.add("stored", {{text.data(), 7}, {text.data() + 7, text.size() - 7}});
  w.add("empty", {}, true);
  w.finish();
  EXPECT_LT(bytes.size(), text.size() + text.size() / 10);
  const ZipReader r(bytes.data(), bytes.size(), "test.zip");
  for (const char* name : {"whole", "parts", "stored"}) EXPECT_EQ(r.read(name, 1 << 20), text) << name;
  EXPECT_EQ(r.read("empty", 1), "");
}

TEST(Zip, SizesThatCannotBeAreErrors) {
  for (const bool compressed : {false, true}) {
    std::string bytes;
    ZipWriter w([&](const char* p, size_t n) { bytes.append(p, n); });
    const std::string zeros(1000, '\0');
    w.add("zeros", {{zeros.data(), zeros.size()}}, compressed);
    w.finish();
    EXPECT_EQ(zip_error(bytes), "no error");
    const size_t directory = bytes.find("PK\1\2");
    put4(bytes, 22, 1 << 30);
    put4(bytes, directory + 24, 1 << 30);
    EXPECT_NE(zip_error(bytes).find("claims 1073741824 bytes but has "), std::string::npos) << zip_error(bytes);
    // An unknown method of compression.
    put4(bytes, 22, 1000);
    put4(bytes, directory + 24, 1000);
    bytes[8] = bytes[directory + 10] = 12;
    EXPECT_NE(zip_error(bytes).find("neither stored nor deflated"), std::string::npos) << zip_error(bytes);
  }
}

TEST(Zip, EntriesInsideOneAnotherAreErrors) {
  const std::string text(1000, 'x');
  std::string inner, bytes;
  ZipWriter wi([&](const char* p, size_t n) { inner.append(p, n); });
  wi.add("b", text.data(), text.size());
  ZipWriter w([&](const char* p, size_t n) { bytes.append(p, n); });
  w.add("a", inner.data(), inner.size());
  const size_t from = bytes.size();
  w.add("b", text.data(), text.size());
  const size_t gone = bytes.size() - from;
  w.finish();
  EXPECT_EQ(zip_error(bytes), "no error");
  // The directory's "b" becomes the one within "a".
  put4(bytes, bytes.find("PK\1\2", bytes.find("PK\1\2") + 1) + 42, static_cast<uint32_t>(from - inner.size()));
  bytes.erase(from, gone);
  put4(bytes, bytes.find("PK\5\6") + 16, static_cast<uint32_t>(from));
  EXPECT_NE(zip_error(bytes).find("its entries overlap"), std::string::npos) << zip_error(bytes);
}

}  // namespace lampas::serialize
