#include <gtest/gtest.h>
#include <lampas/lampas.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "error_of.h"

using namespace lampas;
using serialize::load_safetensors;
using serialize::save_safetensors;
using serialize::TensorFile;

namespace {

std::string temporary(const char* name) {
  return ::testing::TempDir() + "lampas_" + std::to_string(::getpid()) + "_" + name;
}

std::string bytes(const TensorFile& f) {
  std::ostringstream out;
  save_safetensors(out, f);
  return out.str();
}
TensorFile parse(const std::string& s) { return load_safetensors(s.data(), s.size()); }

/// A file from a JSON header and data.
std::string raw(const std::string& header, const std::string& data) {
  std::string s;
  for (int k = 0; k < 8; ++k) s += static_cast<char>(header.size() >> (8 * k));
  return s + header + data;
}

}  // namespace

TEST(Safetensors, RoundTripOfEveryDtypeAndShape) {
  TensorFile f;
  int k = 0;
  for (ScalarType t : {kByte, kChar, kShort, kInt, kLong, kHalf, kFloat, kDouble, kBool, kBFloat16, kComplexFloat})
    f.tensors.emplace_back("t" + std::to_string(k++), arange(6).to(t).reshape({2, 3}));
  f.tensors.emplace_back("scalar", tensor(2.5));
  f.tensors.emplace_back("empty", zeros({0, 4}));
  f.tensors.emplace_back("transposed", arange(6, kFloat).reshape({2, 3}).t());
  f.metadata.emplace_back("note", "text with \"quotes\"");
  const std::string path = temporary("all.safetensors");
  save_safetensors(path, f);
  const TensorFile g = load_safetensors(path);
  ASSERT_EQ(g.tensors.size(), f.tensors.size());
  for (size_t i = 0; i < f.tensors.size(); ++i) {
    EXPECT_EQ(g.tensors[i].first, f.tensors[i].first);
    EXPECT_EQ(g.tensors[i].second.scalar_type(), f.tensors[i].second.scalar_type());
    EXPECT_TRUE(g.tensors[i].second.equal(f.tensors[i].second)) << f.tensors[i].first;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(g.tensors[i].second.impl()->data()) % g.tensors[i].second.element_size(), 0u);
  }
  EXPECT_EQ(g.metadata, f.metadata);
  // A mapped tensor is private: writing to it leaves the file alone.
  g.tensors[6].second.impl()->data_as<float>()[0] = 99;
  EXPECT_TRUE(load_safetensors(path).tensors[6].second.equal(f.tensors[6].second));
  ::unlink(path.c_str());
}

TEST(Safetensors, EveryTruncationIsAnError) {
  const std::string whole = bytes({{{"a", ones({3})}, {"b", ones({2}, kLong)}}, {}});
  EXPECT_EQ(parse(whole).tensors.size(), 2u);
  for (size_t n = 0; n < whole.size(); ++n) EXPECT_ERROR(parse(whole.substr(0, n)), "load: memory") << n;
  EXPECT_ERROR(parse(whole + "x"), "bytes after the last tensor");
}

TEST(Safetensors, MalformedHeaders) {
  const std::string ok = R"("dtype":"F32","shape":[2],"data_offsets":[0,8])", eight(8, 'x');
  EXPECT_EQ(parse(raw("{\"a\":{" + ok + "}}", eight)).tensors.size(), 1u);
  EXPECT_ERROR(parse(std::string(8, '\xff') + "{}"), "not a safetensors file");
  EXPECT_ERROR(parse(raw("{\"a\":", "")), "not valid JSON");
  EXPECT_ERROR(parse(raw("[]", "")), "not a JSON object");
  EXPECT_ERROR(parse(raw("{\"a\":3}", "")), "is not an object");
  EXPECT_ERROR(parse(raw("{\"a\":{" + ok + "},\"a\":{" + ok + "}}", eight)), "twice");
  EXPECT_ERROR(parse(raw(R"({"a":{"dtype":"F32","shape":[2]}})", eight)), "has no data_offsets");
  EXPECT_ERROR(parse(raw(R"({"a":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}})", eight)), "unknown dtype");
  EXPECT_ERROR(parse(raw(R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", eight)), "non-negative");
  EXPECT_ERROR(parse(raw(R"({"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}})", eight)), "non-negative");
  EXPECT_ERROR(parse(raw(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", eight)), "needs 12 bytes");
  EXPECT_ERROR(parse(raw(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", eight)), "outside");
  EXPECT_ERROR(parse(raw(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})", eight)), "outside");
  EXPECT_ERROR(parse(raw(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}})", eight)),
               "overflows");
  EXPECT_ERROR(
      parse(raw(
          R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})",
          "123456")),
      "overlap");
  EXPECT_ERROR(parse(raw(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", eight)), "unused bytes");
  EXPECT_ERROR(parse(raw(R"({"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}})", "\x02")), "neither 0 nor 1");
  EXPECT_ERROR(parse(raw(R"({"__metadata__":{"k":3}})", "")), "is not a string");
}

TEST(Safetensors, SavingErrorsAndAtomicity) {
  EXPECT_ERROR(bytes({{{"a", ones({1})}, {"a", ones({1})}}, {}}), "two tensors are named");
  EXPECT_ERROR(bytes({{{"a", Tensor()}}, {}}), "undefined");
  EXPECT_ERROR(bytes({{{"a", zeros({1}, kComplexDouble)}}, {}}), "no safetensors form");
  EXPECT_ERROR(save_safetensors("/nonexistent_directory/x", TensorFile{}), "/nonexistent_directory/x");
  EXPECT_ERROR(load_safetensors(std::string("/nonexistent_file")), "cannot open");
  EXPECT_ERROR(load_safetensors(std::string("/")), "not a regular file");
  const std::string path = temporary("kept.safetensors");
  save_safetensors(path, {{{"a", ones({2})}}, {}});
  EXPECT_ERROR(save_safetensors(path, {{{"a", zeros({1}, kComplexDouble)}}, {}}), "no safetensors form");
  EXPECT_TRUE(load_safetensors(path).tensors[0].second.equal(ones({2})));
  ::unlink(path.c_str());
}

TEST(Archive, TensorsVectorsAndStreams) {
  const std::string path = temporary("t.pt");
  Tensor a = arange(4, kFloat), b;
  save(a, path);
  load(b, path);
  EXPECT_TRUE(a.equal(b));
  std::vector<Tensor> many{ones({2}), zeros({3}, kLong)}, back;
  std::stringstream stream;
  save(many, stream);
  load(back, stream);
  ASSERT_EQ(back.size(), 2u);
  EXPECT_TRUE(back[0].equal(many[0]) && back[1].equal(many[1]));
  ::unlink(path.c_str());
}

TEST(Archive, NestedKeysAndErrors) {
  serialize::OutputArchive inner, outer;
  inner.write("w", ones({2}));
  inner.write("steps", Scalar(int64_t{7}));
  outer.write("model", inner);
  outer.write("kind", std::string("sgd"));
  EXPECT_ERROR(outer.write("kind", std::string("again")), "was written before");
  std::stringstream stream;
  outer.save_to(stream);
  serialize::InputArchive in, sub;
  in.load_from(stream);
  EXPECT_EQ(in.keys(), (std::vector<std::string>{"model", "kind"}));
  in.read("model", sub);
  Scalar steps;
  sub.read("steps", steps);
  EXPECT_EQ(steps.toLong(), 7);
  Tensor w, wrong = zeros({3});
  sub.read("w", w);
  EXPECT_TRUE(w.equal(ones({2})));
  EXPECT_ERROR(sub.read("w", wrong), "was expected");
  EXPECT_TRUE(wrong.equal(zeros({3})));
  EXPECT_ERROR(sub.read("missing", w), "No such serialized tensor 'missing'");
  EXPECT_FALSE(sub.try_read("missing", w));
}

TEST(Archive, ModulesLoadStrictly) {
  nn::Sequential a(nn::Linear(3, 4), nn::Linear(4, 2)), b(nn::Linear(3, 4), nn::Linear(4, 2));
  std::stringstream stream;
  save(a, stream);
  const std::string text = stream.str();
  load(b, text.data(), text.size());
  for (size_t k = 0; k < a->parameters().size(); ++k) EXPECT_TRUE(a->parameters()[k].equal(b->parameters()[k]));
  nn::Sequential other(nn::Linear(3, 5));
  const Tensor before = other->parameters()[0].clone();
  const std::string message = error_of([&] { load(other, text.data(), text.size()); });
  EXPECT_NE(message.find("0.weight"), std::string::npos) << message;
  EXPECT_NE(message.find("1.weight"), std::string::npos) << message;
  EXPECT_TRUE(other->parameters()[0].equal(before));
  // Members of the archived module itself, too.
  std::stringstream biased;
  save(nn::Linear(3, 4), biased);
  nn::Linear unbiased(nn::LinearOptions(3, 4).bias(false));
  EXPECT_NE(error_of([&] { load(unbiased, biased); }).find("bias"), std::string::npos);
}

TEST(Archive, OptimizersContinueBitwise) {
  for (bool adam : {false, true}) {
    manual_seed(3);
    nn::Linear net(4, 2);
    auto make = [&](nn::Linear& n) -> std::unique_ptr<optim::Optimizer> {
      if (adam) return std::make_unique<optim::Adam>(n->parameters(), optim::AdamOptions(0.01).weight_decay(0.1));
      return std::make_unique<optim::SGD>(n->parameters(), optim::SGDOptions(0.1).momentum(0.9).nesterov(true));
    };
    auto optimizer = make(net);
    const Tensor x = randn({8, 4});
    auto step = [&](nn::Linear& n, optim::Optimizer& o) {
      o.zero_grad();
      n(x).square().mean().backward();
      o.step();
    };
    for (int k = 0; k < 3; ++k) step(net, *optimizer);
    std::stringstream model, state;
    save(net, model);
    save(*optimizer, state);
    nn::Linear copy(4, 2);
    load(copy, model);
    auto resumed = make(copy);
    load(*resumed, state);
    for (int k = 0; k < 3; ++k) {
      step(net, *optimizer);
      step(copy, *resumed);
    }
    EXPECT_TRUE(net->weight.equal(copy->weight)) << (adam ? "Adam" : "SGD");
  }
}
