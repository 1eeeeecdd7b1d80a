// NumPy's files (tools/goldens/npy.py) and files no NumPy writes.
#include <gtest/gtest.h>
#include <lampas/lampas.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

#include "error_of.h"

using namespace lampas;
using serialize::load_npy;
using serialize::load_npz;
using serialize::save_npy;
using serialize::save_npz;
using Tensors = OrderedDict<std::string, Tensor>;

namespace {

std::string golden(const std::string& name) { return std::string(LAMPAS_TEST_DATA) + "/serialize/numpy_" + name; }
std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}
std::string temporary(const std::string& name) {
  return ::testing::TempDir() + "lampas_" + std::to_string(::getpid()) + "_" + name;
}

std::string bytes(const Tensor& t) {
  std::ostringstream out;
  save_npy(out, t);
  return out.str();
}
std::string bytes(const Tensors& t, bool compressed = false) {
  std::ostringstream out;
  save_npz(out, t, compressed);
  return out.str();
}
Tensor parse(const std::string& s) { return load_npy(s.data(), s.size()); }
Tensors parse_archive(const std::string& s) { return load_npz(s.data(), s.size()); }

/// A file of a header and elements.
std::string raw(const std::string& header, const std::string& elements, char major = 1) {
  std::string s = "\x93NUMPY";
  s += major;
  s += '\0';
  for (int k = 0; k < (major == 1 ? 2 : 4); ++k) s += static_cast<char>(header.size() >> (8 * k));
  return s + header + elements;
}
/// One of two float32 with these sizes.
std::string shaped(const std::string& shape, char major = 1) {
  return raw("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + "}", std::string(8, '\0'), major);
}
std::string of_dtype(const std::string& descr, const std::string& elements) {
  return raw("{'descr': " + descr + ", 'fortran_order': False, 'shape': (2,)}", elements);
}

void expect_same(const Tensor& a, const Tensor& b, const std::string& what) {
  EXPECT_EQ(a.scalar_type(), b.scalar_type()) << what;
  EXPECT_EQ(a.sizes(), b.sizes()) << what;
  EXPECT_TRUE(a.equal(b)) << what << ": " << a << " and " << b;
}

/// The arrays of tools/goldens/npy.py.
Tensors golden_shapes() {
  return {{"scalar", tensor(2.5f)},
          {"vector", arange(3)},
          {"empty", zeros({0, 4}, kLong)},
          {"rows", arange(24, kDouble).reshape({2, 3, 4})},
          {"columns", arange(24, kFloat).reshape({4, 3, 2}).permute({2, 1, 0})},
          {"every_other", arange(24, kShort).reshape({4, 6}).slice(1, 0, 6, 2)},
          {"bools", tensor({true, false, true}).expand({2, 3})},
          {"complex", view_as_complex(tensor({{1.0, 2.0}, {3.0, -4.0}}, kDouble))}};
}
Tensors golden_dtypes() {
  const double inf = std::numeric_limits<double>::infinity();
  const auto whole = [](std::vector<int64_t> v, ScalarType t) { return tensor(v).to(t).reshape({2, 3}); };
  const Tensor reals = tensor({0.5, -1.5, 3.0, inf, -inf, 1024.0}, kDouble).reshape({2, 3});
  const Tensor pairs = view_as_complex(
      tensor({1.0, 2.0, 0.0, -0.5, 3.0, 0.0, -1.0, -1.0, 0.0, 1000.0, 0.25, 0.0}, kDouble).reshape({2, 3, 2}));
  return {{"b1", whole({1, 0, 1, 0, 0, 1}, kBool)},
          {"u1", whole({0, 1, 2, 127, 128, 255}, kByte)},
          {"i1", whole({0, 1, -1, -128, 127, 5}, kChar)},
          {"i2", whole({0, 1, -1, -32768, 32767, 258}, kShort)},
          {"i4", whole({0, 1, -1, INT32_MIN, INT32_MAX, 16909060}, kInt)},
          {"i8", whole({0, 1, -1, INT64_MIN, INT64_MAX, 72623859790382856}, kLong)},
          {"u2", whole({0, 1, 2, 258, 32768, 65535}, kInt)},
          {"u4", whole({0, 1, 2, 16909060, int64_t{1} << 31, (int64_t{1} << 32) - 1}, kLong)},
          {"f2", reals.to(kHalf)},
          {"f4", reals.to(kFloat)},
          {"f8", reals},
          {"c8", pairs.to(kComplexFloat)},
          {"c16", pairs}};
}

constexpr ScalarType kDtypes[] = {kByte,  kChar,   kShort, kInt,          kLong,         kHalf,
                                  kFloat, kDouble, kBool,  kComplexFloat, kComplexDouble};

}  // namespace

TEST(Npy, ReadsWhatNumPyWrites) {
  for (const auto& item : golden_shapes()) {
    const std::string path = golden(item.key() + ".npy"), all = content(path);
    expect_same(load_npy(path), item.value(), item.key());
    expect_same(parse(all), item.value(), item.key());
    std::istringstream in(all);
    expect_same(load_npy(in), item.value(), item.key());
  }
  EXPECT_EQ(load_npy(golden("columns.npy")).strides(), IntArrayRef({1, 2, 6}));
  for (const char* name : {"version2.npy", "version3.npy"})
    expect_same(load_npy(golden(name)), arange(6, kInt).reshape({2, 3}), name);
}

TEST(Npy, WritesWhatNumPyWrites) {
  for (const auto& item : golden_shapes())
    EXPECT_EQ(bytes(item.value()), content(golden(item.key() + ".npy"))) << item.key();
}

TEST(Npz, EveryDtypeAndByteOrder) {
  const Tensors expected = golden_dtypes();
  for (const char* name : {"little.npz", "big.npz"}) {
    const Tensors read = load_npz(golden(name));
    EXPECT_EQ(read.keys(), expected.keys()) << name;
    for (const auto& item : expected) expect_same(read[item.key()], item.value(), name + (": " + item.key()));
  }
}

TEST(Npz, CompressedAndEmptyArchives) {
  const Tensors read = load_npz(golden("long.npz"));
  EXPECT_EQ(read.keys(), (std::vector<std::string>{"name", "arr_0"}));
  expect_same(read["arr_0"], zeros({100000}, kDouble), "arr_0");
  expect_same(read["name"], arange(5000).remainder(7), "name");
  EXPECT_EQ(load_npz(golden("none.npz")).size(), 0u);
  EXPECT_EQ(parse_archive(bytes(Tensors{})).size(), 0u);
}

// LAMPAS_NPY_OUT=DIR keeps the files, for tools/goldens/npy.py DIR to read with NumPy.
TEST(Npy, WritesFilesThatAreReadBack) {
  const char* keep = std::getenv("LAMPAS_NPY_OUT");
  const auto path = [&](const std::string& name) { return keep ? std::string(keep) + "/" + name : temporary(name); };
  std::vector<std::string> written;
  for (const auto& item : golden_shapes()) {
    written.push_back(path(item.key() + ".npy"));
    save_npy(written.back(), item.value());
    expect_same(load_npy(written.back()), item.value(), item.key());
  }
  Tensors all = golden_dtypes();
  all.erase("u2");
  all.erase("u4");
  for (const bool compressed : {false, true}) {
    written.push_back(path(compressed ? "compressed.npz" : "stored.npz"));
    save_npz(written.back(), all, compressed);
    const Tensors read = load_npz(written.back());
    EXPECT_EQ(read.keys(), all.keys());
    for (const auto& item : all) expect_same(read[item.key()], item.value(), item.key());
  }
  if (!keep)
    for (const std::string& p : written) ::unlink(p.c_str());
}

TEST(Npy, RoundTripOfEveryDtypeAndLayout) {
  Tensors all;
  for (const ScalarType t : kDtypes) {
    const Tensor x = arange(24).remainder(2).to(kDouble).mul(3).to(t).reshape({2, 3, 4});
    const std::string name = str(t, " ");
    for (const auto& item : Tensors{{"contiguous", x},
                                    {"reversed", x.permute({2, 1, 0})},
                                    {"transposed", x.transpose(0, 1)},
                                    {"sliced", x.slice(2, 1, 4, 2)},
                                    {"offset", x[1]},
                                    {"columns", x[1].t()},
                                    {"expanded", x[0][0].expand({3, 4})},
                                    {"scalar", x[1][2][3]},
                                    {"empty", x.slice(1, 3)},
                                    {"one", x.slice(0, 1).slice(1, 2).slice(2, 3)}}) {
      const Tensor y = parse(bytes(item.value()));
      expect_same(y, item.value(), name + item.key());
      const bool columns = item.key() == "columns" || item.key() == "reversed";
      EXPECT_EQ(y.is_contiguous(), !columns) << name << item.key();
      all.insert(name + item.key(), item.value());
    }
  }
  for (const bool compressed : {false, true}) {
    const Tensors read = parse_archive(bytes(all, compressed));
    EXPECT_EQ(read.keys(), all.keys());
    for (const auto& item : all) expect_same(read[item.key()], item.value(), item.key());
  }
  const Tensor learned = ones({2}, requires_grad(true));
  EXPECT_FALSE(parse(bytes(learned)).requires_grad());
  const Tensor image = randn({2, 3, 4, 5}).contiguous(MemoryFormat::ChannelsLast);
  expect_same(parse(bytes(image)), image, "channels last");
}

TEST(Npy, LoadedTensorsArePrivateAndOutliveTheFile) {
  const std::string path = temporary("private.npy");
  save_npy(path, ones({3}));
  Tensor t = load_npy(path);
  t.fill_(7);
  expect_same(load_npy(path), ones({3}), "the file");
  ::unlink(path.c_str());
  expect_same(t, full({3}, 7.f), "the tensor");
  // Elements at an odd place are copied.
  const std::string header = "{'descr': '<f8', 'fortran_order': True, 'shape': (1, 2)}";
  std::string elements(16, '\0');
  elements[7] = elements[15] = '\x40';
  for (size_t spaces = 0; spaces < 8; ++spaces) {
    const Tensor d = parse(raw(header + std::string(spaces, ' '), elements));
    expect_same(d, full({1, 2}, 2.0, kDouble), "shifted");
    EXPECT_EQ(reinterpret_cast<uintptr_t>(d.data_ptr()) % 8, 0u);
  }
}

TEST(Npy, StreamsOfSeveralArrays) {
  std::stringstream stream;
  save_npy(stream, arange(3));
  save_npy(stream, ones({2, 2}));
  stream << "and more";
  expect_same(load_npy(stream), arange(3), "first");
  expect_same(load_npy(stream), ones({2, 2}), "second");
  std::string rest;
  std::getline(stream, rest);
  EXPECT_EQ(rest, "and more");
  EXPECT_ERROR(load_npy(stream), "load: stream: not a .npy file");
  std::stringstream archive(bytes(Tensors{{"a", ones({2})}}));
  expect_same(load_npz(archive)["a"], ones({2}), "archive");
  // A claim of an exabyte allocates nothing.
  std::stringstream huge(shaped("(100000000000000000,)"));
  EXPECT_ERROR(load_npy(huge), "needs 400000000000000000 bytes but 8 follow");
}

TEST(Npy, HeadersAreReadAsPythonReadsThem) {
  const Tensor two = zeros({2});
  for (const char* shape : {"(2,)", "( 2 , )", "(2L,)", "(\n2,\t)"}) expect_same(parse(shaped(shape)), two, shape);
  for (const char* shape : {"(1, 2)", "(1,2,)", "(1L, 2L)"}) expect_same(parse(shaped(shape)), zeros({1, 2}), shape);
  expect_same(parse(raw("{'descr':'<f4','fortran_order':False,'shape':()}", std::string(4, '\0'))), tensor(0.f), "()");
  expect_same(parse(raw("{\"shape\": (2,), \"descr\": \"<f4\", 'fortran_order': True, }  \n", std::string(8, '\0'))),
              two, "another order");
  expect_same(parse(raw("{'descr': '>i2', 'fortran_order': False, 'shape': (1,)}", "\x01\x02", 3)),
              full({1}, 258, kShort), "big-endian");
  expect_same(
      parse(raw("{'descr': '>u2', 'fortran_order': True, 'shape': (2, 2)}", std::string("\0\1\0\2\0\3\xff\4", 8))),
      tensor({{1, 3}, {2, 0xff04}}).to(kInt), "big-endian columns");
  expect_same(parse(raw("{'descr': '<i1', 'fortran_order': False, 'shape': (1,)}", "\x05")), full({1}, 5, kChar),
              "bytes");
  // What follows of an empty array's shape may be anything.
  const Tensor none = parse(raw("{'descr': '>u4', 'fortran_order': True, 'shape': (0, 9223372036854775807, 8)}", ""));
  EXPECT_EQ(none.sizes(), IntArrayRef({0, INT64_MAX, 8}));
  EXPECT_EQ(none.scalar_type(), kLong);
}

TEST(Npy, MalformedHeaders) {
  const std::string eight(8, '\0');
  EXPECT_ERROR(parse(""), "load: memory: not a .npy file (it begins with \"\")");
  EXPECT_ERROR(parse("\x93NUMPZ\1"), "load: memory: not a .npy file (it begins with \"?NUMPZ\")");
  EXPECT_ERROR(parse("\x93NUMPY\1"), "7 bytes are too few for a .npy header");
  EXPECT_ERROR(parse(raw("{}", eight, 4)), "version 4.0 of the .npy format is unknown");
  EXPECT_ERROR(parse(raw("{}", eight, 0)), "version 0.0 of the .npy format is unknown");
  EXPECT_ERROR(parse(std::string("\x93NUMPY\1\1\0\0\0\0", 12)), "version 1.1 of the .npy format is unknown");
  EXPECT_ERROR(parse("\x93NUMPY\2" + std::string("\0\xff\xff\xff\xff", 5) + "{}"),
               "the header claims 4294967295 bytes but 2 follow");
  EXPECT_ERROR(parse(raw("", eight)), "the header has its end where a dictionary was expected");
  EXPECT_ERROR(parse(raw("[1]", eight)), "has \"[1]\" where a dictionary was expected");
  EXPECT_ERROR(parse(raw("{}", eight)), "the header has no descr");
  EXPECT_ERROR(parse(raw("{'descr': '<f4', 'shape': (2,)}", eight)), "the header has no fortran_order");
  EXPECT_ERROR(parse(raw("{'descr': '<f4', 'fortran_order': False}", eight)), "the header has no shape");
  EXPECT_ERROR(parse(raw("{'descr': '<f4', 'descr': '<f4'}", eight)), "the header says descr twice");
  EXPECT_ERROR(parse(raw("{'fortran_order': True, 'fortran_order': True}", eight)), "says fortran_order twice");
  EXPECT_ERROR(parse(raw("{'shape': (), 'shape': ()}", eight)), "says shape twice");
  EXPECT_ERROR(parse(raw("{'offset': 3}", eight)), "unknown key \"offset\"; expected descr, fortran_order and shape");
  EXPECT_ERROR(parse(raw("{shape: (2,)}", eight)), "where a key was expected");
  EXPECT_ERROR(parse(raw("{'shape", eight)), "where a text that ends was expected");
  EXPECT_ERROR(parse(raw("{'sh\\x61pe': (2,)}", eight)), "where a text without escapes was expected");
  EXPECT_ERROR(parse(raw("{'shape' (2,)}", eight)), "where a colon was expected");
  EXPECT_ERROR(parse(raw("{'shape': (2,) 'descr'", eight)), "where a comma or the end of the dictionary was expected");
  EXPECT_ERROR(parse(raw("{,}", eight)), "where a key was expected");
  EXPECT_ERROR(parse(raw("{'fortran_order': 1}", eight)), "where True or False was expected");
  EXPECT_ERROR(parse(raw("{'fortran_order': Falsehood}", eight)), "\"hood}\" where a comma");
  EXPECT_ERROR(parse(raw("{'descr': f4}", eight)), "where a dtype was expected");
  EXPECT_ERROR(parse(raw("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} + {}", eight)),
               "where nothing but space after the dictionary was expected");
  EXPECT_ERROR(parse(raw("{" + std::string(100, 'x') + "\n}", eight)), '"' + std::string(40, 'x') + "\"...");
  EXPECT_ERROR(parse(raw("{\x1b[31m", eight)), "has \"?[31m\" where");
}

TEST(Npy, MalformedShapes) {
  EXPECT_ERROR(parse(shaped("2")), "where a tuple of sizes was expected");
  EXPECT_ERROR(parse(shaped("[2]")), "where a tuple of sizes was expected");
  EXPECT_ERROR(parse(shaped("(2)")), "the header's shape is (2), a number to Python");
  EXPECT_ERROR(parse(shaped("(2 1)")), "where a comma or the end of the tuple was expected");
  EXPECT_ERROR(parse(shaped("(,)")), "where a size was expected");
  EXPECT_ERROR(parse(shaped("(2,,1)")), "where a size was expected");
  EXPECT_ERROR(parse(shaped("(2, None)")), "where a size was expected");
  EXPECT_ERROR(parse(shaped("(+2,)")), "where a size was expected");
  EXPECT_ERROR(parse(shaped("(2.0,)")), "where a comma or the end of the tuple was expected");
  EXPECT_ERROR(parse(shaped("(0x2,)")), "where a comma or the end of the tuple was expected");
  EXPECT_ERROR(parse(shaped("(02,)")), "where a size without leading zeros was expected");
  EXPECT_ERROR(parse(shaped("(2L,)", 3)), "where a comma or the end of the tuple was expected");
  EXPECT_ERROR(parse(shaped("(2,")), "where a size was expected");
  EXPECT_ERROR(parse(shaped("(-2,)")), "the header has a negative size -2");
  EXPECT_ERROR(parse(shaped("(9223372036854775808,)")), "size \"9223372036854775808\" is none that a tensor can have");
  EXPECT_ERROR(parse(shaped("(4611686018427387904, 2)")), "shape [4611686018427387904, 2] overflows");
  EXPECT_ERROR(parse(shaped("(4294967296, 4294967296)")), "overflows");
  // As int64, what is stored as uint32 takes twice the bytes.
  EXPECT_ERROR(parse(raw("{'descr': '<u4', 'fortran_order': False, 'shape': (1500000000000000000,)}", "")),
               "overflows");
  std::string many = "(";
  for (int k = 0; k < 65; ++k) many += "1, ";
  EXPECT_ERROR(parse(shaped(many + ")")), "the header's shape has more than 64 sizes");
  EXPECT_ERROR(parse(shaped("(3,)")), "shape [3] of 4-byte elements needs 12 bytes but 8 follow the header");
  EXPECT_ERROR(parse(shaped("(1,)")), "4 bytes after the last element");
  EXPECT_ERROR(parse(shaped("(0,)")), "8 bytes after the last element");
}

TEST(Npy, RefusedDtypes) {
  const auto refused = [](const char* name) {
    return error_of([&] { load_npy(golden(str("refused_", name, ".npy"))); });
  };
  const std::string u8 = refused("u8");
  EXPECT_NE(u8.find("numpy_refused_u8.npy: dtype \"<u8\" is none that tensors have; b1, i1"), std::string::npos) << u8;
  EXPECT_NE(refused("longdouble").find("dtype \"<f16\""), std::string::npos) << refused("longdouble");
  EXPECT_NE(refused("text").find("dtype \"<U2\""), std::string::npos) << refused("text");
  EXPECT_NE(refused("bytes").find("dtype \"|S2\""), std::string::npos) << refused("bytes");
  EXPECT_NE(refused("date").find("dtype \"<M8[D]\""), std::string::npos) << refused("date");
  EXPECT_NE(refused("structured").find("the array is structured"), std::string::npos) << refused("structured");
  EXPECT_NE(refused("objects").find("a pickle and are never loaded"), std::string::npos) << refused("objects");
  for (const char* descr : {"''", "'<'", "'f4'", "'=f4'", "'float32'", "'<f04'", "'<F4'", "'<f4 '", "'>c32'"})
    EXPECT_ERROR(parse(of_dtype(descr, std::string(8, '\0'))), "is none that tensors have") << descr;
  EXPECT_ERROR(parse(of_dtype("'|f4'", std::string(8, '\0'))), "does not tell the order of its bytes");
  EXPECT_ERROR(parse(of_dtype("'|b1'", std::string("\1\2"))),
               "load: memory: element 1 of a bool tensor is neither 0 nor 1");
}

TEST(Npy, EveryTruncationIsAnError) {
  for (const char* name : {"columns.npy", "version2.npy", "complex.npy"}) {
    const std::string whole = content(golden(name));
    for (size_t n = 0; n < whole.size(); ++n) {
      EXPECT_ERROR(parse(whole.substr(0, n)), "load: memory: ") << name << " cut at " << n;
      std::istringstream in(whole.substr(0, n));
      EXPECT_ERROR(load_npy(in), "load: stream: ") << name << " cut at " << n;
    }
    EXPECT_ERROR(parse(whole + "x"), "1 bytes after the last element");
  }
  const std::string archive = content(golden("big.npz"));
  for (size_t n = 0; n < archive.size(); ++n)
    EXPECT_ERROR(parse_archive(archive.substr(0, n)), "load: memory: ") << "cut at " << n;
}

// One to four bytes of a file changed, inserted or left out: an error that is ours, or another tensor.
TEST(Npy, DamagedFilesAreErrorsOrHarmless) {
  std::mt19937 random(5);
  const auto below = [&](size_t n) { return random() % n; };
  const auto damaged = [&](std::string s) {
    for (size_t k = below(4) + 1; k > 0; --k) {
      // Half of them in the header, where they matter.
      const size_t at = below(below(2) ? std::min<size_t>(s.size(), 128) : s.size());
      const char to = below(2) ? "(){}[]',:<>|-0123456789 bcfiuL"[below(30)] : static_cast<char>(below(256));
      switch (below(4)) {
        case 0:
          s.insert(at, 1, to);
          break;
        case 1:
          s.erase(at, 1);
          break;
        default:
          s[at] = to;
      }
    }
    return s;
  };
  int loaded = 0, refused = 0;
  const auto attempt = [&](const auto& f) {
    try {
      f();
      ++loaded;
    } catch (const Error&) {
      ++refused;
    }
  };
  for (const char* name : {"columns.npy", "rows.npy", "bools.npy", "version2.npy", "scalar.npy"}) {
    const std::string whole = content(golden(name));
    for (int k = 0; k < 2500; ++k) {
      const std::string s = damaged(whole);
      attempt([&] { parse(s).sum(); });
      attempt([&] {
        std::istringstream in(s);
        load_npy(in);
      });
    }
  }
  EXPECT_GT(loaded, 500);
  EXPECT_GT(refused, 10000);
  for (const char* name : {"little.npz", "long.npz", "big.npz", "none.npz"}) {
    const std::string whole = content(golden(name));
    for (int k = 0; k < 2500; ++k) {
      const std::string s = damaged(whole);
      attempt([&] { parse_archive(s); });
    }
  }
}

TEST(Npy, SavingErrorsAndAtomicity) {
  EXPECT_ERROR(bytes(Tensor()), "save: the tensor is undefined");
  EXPECT_ERROR(bytes(zeros({2}, kBFloat16)),
               "save: the tensor has dtype BFloat16, which NumPy does not have: convert it to float32");
  EXPECT_ERROR(bytes(eye(2).to_sparse()), "save: the tensor is sparse");
  EXPECT_ERROR(bytes({{"a", ones({1})}, {"b", Tensor()}}), "save: tensor \"b\" is undefined");
  EXPECT_ERROR(bytes({{"half", zeros({2}, kBFloat16)}}), "save: tensor \"half\" has dtype BFloat16");
  EXPECT_ERROR(bytes({{std::string("a\0b", 3), ones({1})}}), "cannot have a null character: \"a\"");
  EXPECT_ERROR(bytes({{std::string(65532, 'x'), ones({1})}}), "at most 65535");
  EXPECT_EQ(parse_archive(bytes({{std::string(65531, 'x'), ones({1})}})).size(), 1u);
  EXPECT_ERROR(save_npy("/nonexistent_directory/x.npy", ones({1})), "/nonexistent_directory/x.npy");
  EXPECT_ERROR(load_npy(std::string("/nonexistent_file")), "load: /nonexistent_file: cannot open");
  EXPECT_ERROR(load_npz(std::string("/")), "load: /: not a regular file");
  std::ofstream closed;
  closed.setstate(std::ios::badbit);
  EXPECT_ERROR(save_npy(closed, ones({1})), "save: cannot write to the stream");
  EXPECT_ERROR(save_npz(closed, {{"a", ones({1})}}), "save: cannot write to the stream");
  const std::string path = temporary("kept.npz");
  save_npz(path, {{"a", ones({2})}});
  EXPECT_ERROR(save_npz(path, {{"a", zeros({1})}, {"b", zeros({1}, kBFloat16)}}), "tensor \"b\"");
  expect_same(load_npz(path)["a"], ones({2}), "kept");
  ::unlink(path.c_str());
}

TEST(Npz, MalformedArchives) {
  EXPECT_ERROR(parse_archive(""), "load: memory: not an .npz file: no zip archive");
  EXPECT_ERROR(parse_archive("PK\3\4 and more"), "load: memory: not a readable zip archive");
  EXPECT_ERROR(parse_archive(bytes(ones({2}))), "load: memory: this is a single array (.npy), which load_npy reads");
  EXPECT_ERROR(parse(bytes({{"a", ones({2})}})),
               "load: memory: this is an archive of arrays (.npz), which load_npz reads");
  const auto renamed = [](std::string archive, const std::string& from, const std::string& to) {
    for (size_t at = 0; (at = archive.find(from, at)) != std::string::npos;) archive.replace(at, from.size(), to);
    return archive;
  };
  const std::string two = bytes({{"a", ones({2})}, {"b", zeros({2})}});
  EXPECT_ERROR(parse_archive(renamed(two, "b.npy", "b.txt")), "entry \"b.txt\" is not an array");
  EXPECT_ERROR(parse_archive(renamed(two, "b.npy", "a.npy")), "File already exists");
  std::string damaged = two;
  damaged[damaged.find("NUMPY")] = 'M';
  EXPECT_ERROR(parse_archive(damaged), "entry \"a.npy\" is damaged");
  // One array that cannot be read is named.
  EXPECT_ERROR(load_npz(golden("refused.npz")), "numpy_refused.npz: array \"words\": dtype \"<U2\"");
  EXPECT_ERROR(load_npz(std::string(LAMPAS_TEST_DATA) + "/serialize/python_list.pt"), "is not an array");
  EXPECT_ERROR(serialize::load_checkpoint(golden("little.npz")), "NumPy's .npz files are load_npz's");
}

TEST(Npz, StatesOfModules) {
  nn::Sequential a(nn::Linear(3, 4), nn::BatchNorm1d(4)), b(nn::Linear(3, 4), nn::BatchNorm1d(4));
  a(randn({5, 3}));
  std::stringstream stream;
  save_npz(stream, a->state_dict(), /*compressed=*/true);
  b->load_state_dict(load_npz(stream));
  const auto expected = a->state_dict(), read = b->state_dict();
  for (const auto& item : expected) expect_same(read[item.key()], item.value(), item.key());
}
