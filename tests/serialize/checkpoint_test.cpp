// Files of Python's torch.save and LibTorch's torch::save (tools/goldens/checkpoints.py, tools/goldens/checkpoints/).
#include <gtest/gtest.h>
#include <lampas/lampas.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "error_of.h"

using namespace lampas;
using serialize::load_checkpoint;
using serialize::save_checkpoint;

namespace {

std::string golden(const std::string& name) { return std::string(LAMPAS_TEST_DATA) + "/serialize/" + name + ".pt"; }
std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}
const IValue& at(const IValue& dict, const std::string& key) {
  for (const auto& [k, v] : dict.toDictRef())
    if (k.isString() && k.toStringRef() == key) return v;
  throw Error("no key " + key);
}

struct Net : nn::Module {
  nn::Linear fc{nullptr};
  nn::BatchNorm2d bn{nullptr};
  Net() {
    fc = register_module("fc", nn::Linear(3, 2));
    bn = register_module("bn", nn::BatchNorm2d(2));
  }
};

}  // namespace

TEST(Checkpoint, PythonValues) {
  const IValue v = load_checkpoint(golden("python_checkpoint"));
  EXPECT_EQ(at(v, "epoch").toInt(), 7);
  EXPECT_EQ(at(v, "big").toInt(), int64_t{1} << 40);
  EXPECT_EQ(at(v, "name").toStringRef(), "run \xc3\xa9");
  EXPECT_DOUBLE_EQ(at(v, "best").toDouble(), 0.5);
  EXPECT_TRUE(at(v, "half").toTensor().equal(tensor({1.5, 2.5}).to(kHalf)));
  EXPECT_TRUE(at(v, "bf").toTensor().equal(tensor({1.5}).to(kBFloat16)));
  const Tensor view = at(v, "view").toTensor();
  EXPECT_TRUE(view.equal(tensor({{4.f, 6.f}, {8.f, 10.f}})));
  EXPECT_EQ(view.strides(), IntArrayRef({4, 2}));
  EXPECT_TRUE(at(v, "p").toTensor().requires_grad());
  const auto& misc = at(v, "misc").toListRef();
  EXPECT_TRUE(misc[0].isNone());
  EXPECT_TRUE(misc[1].toBool());
  EXPECT_EQ(misc[2].toIntVector(), (std::vector<int64_t>{1, 2, 3}));
}

TEST(Checkpoint, ConjugatesAndNegatives) {
  const IValue v = load_checkpoint(golden("python_metadata"));
  const auto z = [](float a, float b, float c, float d) {
    return view_as_complex(tensor({a, b, c, d}).reshape({2, 2}));
  };
  EXPECT_TRUE(at(v, "plain").toTensor().equal(z(1, 2, 3, -4)));
  EXPECT_TRUE(at(v, "conj").toTensor().equal(z(1, -2, 3, 4)));
  EXPECT_TRUE(at(v, "neg").toTensor().equal(z(-1, -2, -3, 4)));
}

TEST(Checkpoint, ModulesAndOptimizers) {
  auto net = std::make_shared<Net>();
  serialize::InputArchive archive, model, optimizer;
  archive.load_from(golden("python_checkpoint"));
  archive.read("model", model);
  archive.read("optimizer", optimizer);
  model >> net;
  // After manual_seed(0) PyTorch's first Linear(3, 2).
  manual_seed(0);
  optim::Adam adam(net->parameters(), optim::AdamOptions(0.5));
  optimizer >> adam;
  EXPECT_DOUBLE_EQ(adam.param_groups()[0].options().get_lr(), 0.01);
  EXPECT_EQ(adam.state().size(), 4u);
  const auto& s = static_cast<optim::AdamParamState&>(*adam.state().at(net->fc->weight.impl()));
  EXPECT_EQ(s.step(), 1);
  EXPECT_EQ(s.exp_avg().sizes(), IntArrayRef({2, 3}));
}

TEST(Checkpoint, LibTorchArchives) {
  Tensor t;
  load(t, golden("libtorch_tensor"));
  EXPECT_TRUE(t.equal(arange(6, kFloat).reshape({2, 3}).t()));
  std::vector<Tensor> list;
  load(list, golden("libtorch_vector"));
  ASSERT_EQ(list.size(), 2u);
  EXPECT_TRUE(list[0].equal(arange(3)));
  EXPECT_TRUE(list[1].equal(ones({2}, kDouble)));
  auto net = std::make_shared<Net>();
  load(net, golden("libtorch_module"));
  // Linear(3, 2) after manual_seed(0); the tensor before it drew nothing.
  manual_seed(0);
  nn::Linear same(3, 2);
  EXPECT_TRUE(net->fc->weight.detach().allclose(same->weight.detach(), 1e-6));
  optim::Adam adam(net->parameters(), optim::AdamOptions(0.5));
  load(adam, golden("libtorch_adam"));
  EXPECT_DOUBLE_EQ(adam.param_groups()[0].options().get_lr(), 0.01);
  EXPECT_EQ(adam.state().size(), 2u);  // bn had no gradient
  const auto& s = static_cast<optim::AdamParamState&>(*adam.state().at(net->fc->bias.impl()));
  EXPECT_TRUE(s.exp_avg().allclose(full({2}, 0.1f)));
}

TEST(Checkpoint, PythonListsAreVectors) {
  std::vector<Tensor> list;
  load(list, golden("python_list"));
  ASSERT_EQ(list.size(), 2u);
  EXPECT_TRUE(list[1].equal(ones({3}, kBool)));
}

TEST(Checkpoint, CodeIsRefused) { EXPECT_ERROR(load_checkpoint(golden("python_module")), "torch.nn.modules"); }

TEST(Checkpoint, RoundTrip) {
  IValue::Dict d;
  d.emplace_back("weights", arange(6, kFloat).reshape({2, 3}).t());
  d.emplace_back("n", int64_t{-5});
  d.emplace_back("big", int64_t{1} << 50);
  d.emplace_back("lr", 0.25);
  d.emplace_back("on", true);
  d.emplace_back("nothing", IValue());
  d.emplace_back("tags", IValue::List{"a", "b"});
  d.emplace_back("pair", IValue::tuple({1, 2.5}));
  d.emplace_back("half", ones({3}, kBFloat16));
  const std::string path = ::testing::TempDir() + "lampas_" + std::to_string(::getpid()) + ".pt";
  save_checkpoint(path, d);
  const IValue v = load_checkpoint(path);
  EXPECT_TRUE(at(v, "weights").toTensor().equal(arange(6, kFloat).reshape({2, 3}).t()));
  EXPECT_EQ(at(v, "n").toInt(), -5);
  EXPECT_EQ(at(v, "big").toInt(), int64_t{1} << 50);
  EXPECT_DOUBLE_EQ(at(v, "lr").toDouble(), 0.25);
  EXPECT_TRUE(at(v, "on").toBool());
  EXPECT_TRUE(at(v, "nothing").isNone());
  EXPECT_EQ(at(v, "tags").toListRef()[1].toStringRef(), "b");
  EXPECT_TRUE(at(v, "pair").isTuple());
  EXPECT_TRUE(at(v, "half").toTensor().equal(ones({3}, kBFloat16)));
  const auto memory = pickle_save(IValue(ones({2})));
  EXPECT_TRUE(pickle_load(memory).toTensor().equal(ones({2})));
  ::unlink(path.c_str());
}

TEST(Checkpoint, EveryCutAndEveryFlippedByteIsAnErrorOrHarmless) {
  for (const char* name : {"python_list", "libtorch_tensor"}) {
    const std::string whole = content(golden(name));
    for (size_t n = 0; n < whole.size(); n += 13)
      EXPECT_THROW(load_checkpoint(whole.data(), n), Error) << name << " cut at " << n;
    for (size_t k = 0; k < whole.size(); ++k)
      for (char flip : {'\x01', '\x80', '\xff'}) {
        std::string damaged = whole;
        damaged[k] = static_cast<char>(damaged[k] ^ flip);
        try {
          load_checkpoint(damaged.data(), damaged.size());
        } catch (const Error&) {
          // Named. Some bytes (padding, dates) do not matter.
        }
      }
  }
}

TEST(Checkpoint, NotAnArchive) {
  EXPECT_ERROR(load_checkpoint("no/such/file.pt"), "cannot open");
  EXPECT_ERROR(load_checkpoint("abcd", 4), "not a zip archive");
}

TEST(Archive, ValuesOfSeveralKinds) {
  serialize::OutputArchive out;
  out.write("number", IValue(3));
  out.write("text", IValue("hello"));
  out.write("tensor", IValue(ones({2})));
  std::stringstream stream;
  out.save_to(stream);
  const std::string bytes = stream.str();
  serialize::InputArchive in;
  in.load_from(
      [&](uint64_t at, void* to, size_t n) { return bytes.copy(static_cast<char*>(to), std::min<size_t>(n, 7), at); },
      [&] { return bytes.size(); });
  IValue v;
  in.read("number", v);
  EXPECT_EQ(v.toInt(), 3);
  in.read("text", v);
  EXPECT_EQ(v.toStringRef(), "hello");
  in.read("tensor", v);
  EXPECT_TRUE(v.toTensor().equal(ones({2})));
  EXPECT_ERROR(in.read("bad_key", v), "does not have a field with name 'bad_key'");
  EXPECT_ERROR(v.toInt(), "Expected Int but got Tensor");
  EXPECT_ERROR(in.load_from([](uint64_t, void*, size_t) { return size_t{0}; }, [] { return size_t{9}; }),
               "the reader function ends after 0 of 9 bytes");
}
