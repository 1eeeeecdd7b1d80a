#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>

#include "lampas/base/error.h"
#include "lampas/core/options.h"
#include "lampas/core/scalar.h"

using namespace lampas;

namespace {

template <class T>
std::string printed(const T& v) {
  std::ostringstream os;
  os << v;
  return os.str();
}

template <class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing thrown";
}

const ScalarType all_types[] = {kByte,  kChar,   kShort, kInt,      kLong,         kHalf,
                                kFloat, kDouble, kBool,  kBFloat16, kComplexFloat, kComplexDouble};

}  // namespace

TEST(Dtype, PromotionIsPyTorchs) {
  // Rows and columns in the order of all_types; from torch.promote_types.
  const int expected[12][12] = {
      {0, 2, 2, 3, 4, 5, 6, 7, 0, 9, 10, 11},           {2, 1, 2, 3, 4, 5, 6, 7, 1, 9, 10, 11},
      {2, 2, 2, 3, 4, 5, 6, 7, 2, 9, 10, 11},           {3, 3, 3, 3, 4, 5, 6, 7, 3, 9, 10, 11},
      {4, 4, 4, 4, 4, 5, 6, 7, 4, 9, 10, 11},           {5, 5, 5, 5, 5, 5, 6, 7, 5, 6, 10, 11},
      {6, 6, 6, 6, 6, 6, 6, 7, 6, 6, 10, 11},           {7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 11, 11},
      {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},           {9, 9, 9, 9, 9, 6, 6, 7, 9, 9, 10, 11},
      {10, 10, 10, 10, 10, 10, 10, 11, 10, 10, 10, 11}, {11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11}};
  for (int i = 0; i < 12; ++i)
    for (int j = 0; j < 12; ++j)
      EXPECT_EQ(promote_types(all_types[i], all_types[j]), all_types[expected[i][j]])
          << all_types[i] << " " << all_types[j];
  EXPECT_EQ(promote_types(ScalarType::Undefined, kFloat), ScalarType::Undefined);
}

TEST(Dtype, CastsKeepTheKind) {
  // torch.can_cast: one step up or level in bool < integral < floating < complex.
  const auto kind = [](ScalarType t) { return t == kBool ? 0 : is_integral(t) ? 1 : is_floating_point(t) ? 2 : 3; };
  for (ScalarType from : all_types)
    for (ScalarType to : all_types) EXPECT_EQ(can_cast(from, to), kind(from) <= kind(to)) << from << " " << to;
}

TEST(Dtype, Names) {
  EXPECT_EQ(printed(kFloat), "Float");
  EXPECT_EQ(printed(kComplexDouble), "ComplexDouble");
  EXPECT_EQ(str(kLong, " ", TypeMeta(kHalf)), "Long Half");
  EXPECT_EQ(printed(TypeMeta(kFloat)), "float");
  EXPECT_EQ(printed(TypeMeta(kHalf)), "c10::Half");
  EXPECT_STREQ(name(ScalarType::Undefined), "Undefined");
  for (ScalarType t : all_types) EXPECT_GT(element_size(t), 0u);
}

TEST(Dtype, Default) {
  EXPECT_EQ(get_default_dtype(), kFloat);
  set_default_dtype(kDouble);
  EXPECT_EQ(TensorOptions().dtype(), kDouble);
  set_default_dtype(kFloat);
  EXPECT_THROW(set_default_dtype(ScalarType::Undefined), TypeError);
  EXPECT_EQ(get_default_dtype(), kFloat);
}

TEST(Device, Text) {
  EXPECT_EQ(Device("cpu"), Device(kCPU));
  EXPECT_EQ(Device("cuda"), Device(kCUDA));
  EXPECT_EQ(Device("cuda:12").index(), 12);
  EXPECT_EQ(Device("cpu:0").str(), "cpu:0");
  EXPECT_EQ(printed(Device(kCUDA, 1)), "cuda:1");
  EXPECT_EQ(printed(kCUDA), "cuda");
  EXPECT_EQ(str(kCPU, Device("cuda:3")), "cpucuda:3");
  for (const char* bad :
       {"", "gpu", "cuda:", "cuda:01", "cuda:x", "cuda:-1", "cuda:128", "cuda:99999999999", "cpu ", "cuda:1:2"}) {
    const std::string m = message_of([&] { Device d(bad); });
    EXPECT_NE(m.find("Device: "), std::string::npos) << bad;
    EXPECT_NE(m.find(std::string("'") + bad + "'"), std::string::npos) << m;
  }
}

TEST(Options, PrintAsLibTorchDoes) {
  EXPECT_EQ(printed(TensorOptions()),
            "TensorOptions(dtype=float (default), device=cpu (default), layout=Strided (default), "
            "requires_grad=false (default), pinned_memory=false (default), memory_format=(nullopt))");
  EXPECT_EQ(printed(TensorOptions(kDouble)
                        .device("cuda:1")
                        .requires_grad(true)
                        .pinned_memory(false)
                        .memory_format(MemoryFormat::ChannelsLast)
                        .layout(kSparse)),
            "TensorOptions(dtype=double, device=cuda:1, layout=Sparse, requires_grad=true, pinned_memory=false, "
            "memory_format=ChannelsLast)");
  EXPECT_EQ(
      str(MemoryFormat::Contiguous, " ", MemoryFormat::Preserve, " ", MemoryFormat::ChannelsLast3d, " ", kStrided),
      "Contiguous Preserve ChannelsLast3d Strided");
}

TEST(Options, Merge) {
  const TensorOptions a = dtype(kDouble).requires_grad(true), b = dtype(kLong).device(kCUDA, 1);
  const TensorOptions m = a.merge_in(b);
  EXPECT_EQ(m.dtype(), kLong);
  EXPECT_TRUE(m.requires_grad());
  EXPECT_EQ(m.device(), Device("cuda:1"));
  EXPECT_FALSE(m.has_layout());
  EXPECT_EQ(b.merge_in(a).dtype(), kDouble);
}

TEST(Scalar, KindsAndPrinting) {
  EXPECT_EQ(Scalar(3).type(), kLong);
  EXPECT_EQ(Scalar(3.f).type(), kDouble);
  EXPECT_EQ(Scalar(true).type(), kBool);
  EXPECT_EQ(Scalar(complex<float>(1, 2)).type(), kComplexDouble);
  EXPECT_EQ(printed(Scalar(1.5)), "1.5");
  EXPECT_EQ(printed(Scalar(true)), "true");
  EXPECT_EQ(printed(Scalar(complex<double>(1, 2))), "(1,2)");
  EXPECT_EQ(printed(Scalar(1e10)), "1e+10");
  EXPECT_EQ(str(Scalar(0.1f), " ", Scalar(-3), " ", Scalar(false)), "0.1 -3 false");
}

TEST(Scalar, ConvertsWhatFits) {
  EXPECT_EQ(Scalar(2.9).toLong(), 2);
  EXPECT_EQ(Scalar(-1).to<uint8_t>(), 255);
  EXPECT_EQ(Scalar(-255).to<uint8_t>(), 1);
  EXPECT_EQ(Scalar(254.9).to<uint8_t>(), 254);
  EXPECT_EQ(Scalar(-128).to<int8_t>(), -128);
  EXPECT_EQ(Scalar(65504.0).to<Half>(), 65504.f);
  EXPECT_EQ(Scalar(std::numeric_limits<double>::infinity()).toFloat(), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(Scalar(std::nan("")).to<Half>()));
  EXPECT_TRUE(Scalar(1e100).toBool());
  EXPECT_TRUE(Scalar(complex<double>(0, 1)).toBool());
  EXPECT_FALSE(Scalar(0.0).toBool());
  EXPECT_EQ(Scalar(complex<double>(4, 0)).toInt(), 4);
  EXPECT_EQ(Scalar(2).to<complex<float>>(), complex<float>(2, 0));
  EXPECT_EQ(Scalar(std::numeric_limits<int64_t>::min()).toLong(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(Scalar(-9223372036854775808.0).toLong(), std::numeric_limits<int64_t>::min());
}

TEST(Scalar, NamesOfConversions) {
  const Scalar s(200);
  EXPECT_EQ(s.toByte(), 200);
  EXPECT_EQ(s.toShort(), 200);
  EXPECT_EQ(s.toInt(), 200);
  EXPECT_EQ(static_cast<float>(s.toHalf()), 200);
  EXPECT_EQ(static_cast<float>(s.toBFloat16()), 200);
  EXPECT_EQ(s.toComplexFloat(), complex<float>(200));
  EXPECT_EQ(s.toComplexDouble(), complex<double>(200));
  EXPECT_TRUE(s.toBool());
  EXPECT_EQ(message_of([&] { s.toChar(); }), "value cannot be converted to type int8_t without overflow");
  EXPECT_EQ(message_of([&] { Scalar(complex<double>(1, 2)).toHalf(); }),
            "value cannot be converted to type at::Half without overflow");
}

TEST(Scalar, ConjugateAndLogarithm) {
  EXPECT_EQ(Scalar(complex<float>(1, 2)).conj().toComplexDouble(), complex<double>(1, -2));
  EXPECT_TRUE(Scalar(3).conj().equal(3));
  EXPECT_TRUE(Scalar(3).conj().isIntegral(false));
  EXPECT_TRUE(Scalar(true).conj().isBoolean());
  EXPECT_EQ(Scalar(8).log().toDouble(), std::log(8.0));
  EXPECT_TRUE(std::isnan(Scalar(-1).log().toDouble()));
  EXPECT_TRUE(Scalar(complex<double>(3, 4)).log().isComplex());
  EXPECT_DOUBLE_EQ(Scalar(complex<double>(3, 4)).log().toComplexDouble().real(), std::log(5.0));
  EXPECT_DOUBLE_EQ(Scalar(complex<double>(0, -2)).log().toComplexDouble().imag(), -std::acos(0.0));
  EXPECT_NE(message_of([] { Scalar(true).log(); }).find("log of a boolean"), std::string::npos);
}

TEST(Scalar, RefusesWhatDoesNotFit) {
  const auto refused = [](auto f, const char* type) {
    EXPECT_EQ(message_of(f), std::string("value cannot be converted to type ") + type + " without overflow");
  };
  refused([] { Scalar(300).to<int8_t>(); }, "int8_t");
  refused([] { Scalar(-256).to<uint8_t>(); }, "uint8_t");
  refused([] { Scalar(-1.0).to<uint8_t>(); }, "uint8_t");
  refused([] { Scalar(255.5).to<uint8_t>(); }, "uint8_t");
  refused([] { Scalar(int64_t{1} << 40).to<int>(); }, "int");
  refused([] { Scalar(1e100).toLong(); }, "int64_t");
  refused([] { Scalar(9223372036854775808.0).toLong(); }, "int64_t");
  refused([] { Scalar(std::nan("")).toLong(); }, "int64_t");
  refused([] { Scalar(1e6).to<Half>(); }, "at::Half");
  refused([] { Scalar(100000).to<Half>(); }, "at::Half");
  refused([] { Scalar(3.4e38).to<BFloat16>(); }, "at::BFloat16");
  refused([] { Scalar(1e39).toFloat(); }, "float");
  refused([] { Scalar(complex<double>(1, 1)).toDouble(); }, "double");
  refused([] { Scalar(complex<double>(1, 1e39)).to<complex<float>>(); }, "float");
}

TEST(Scalar, EqualityAndNegation) {
  EXPECT_TRUE(Scalar(1).equal(1.0));
  EXPECT_FALSE(Scalar(1).equal(true));
  EXPECT_TRUE(Scalar(true).equal(true));
  EXPECT_TRUE(Scalar(2).equal(complex<double>(2, 0)));
  EXPECT_FALSE(Scalar(2).equal(complex<double>(2, 1)));
  EXPECT_EQ((-Scalar(2)).toLong(), -2);
  EXPECT_EQ((-Scalar(2.5)).toDouble(), -2.5);
  EXPECT_EQ((-Scalar(complex<double>(1, -2))).to<complex<double>>(), complex<double>(-1, 2));
  EXPECT_THROW(-Scalar(true), TypeError);
}
