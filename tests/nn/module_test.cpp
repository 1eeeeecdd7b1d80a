#include "lampas/nn/module.h"

#include "lampas/nn/cloneable.h"
#include "lampas/nn/pimpl.h"
#include "lampas/nn/sequential.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "nn/support.h"

struct AtRoot : lampas::nn::Module {};

namespace lampas::nn {
namespace {

/// Two parameters and a buffer.
struct LeafImpl : Cloneable<LeafImpl> {
  explicit LeafImpl(double value = 1) : value(value) { reset(); }
  void reset() override {
    w = register_parameter("w", full({2}, value));
    b = register_parameter("b", zeros(1));
    count = register_buffer("count", zeros({}, kLong));
  }
  Tensor forward(const Tensor& x) { return x * w + b; }
  double value;
  Tensor w, b, count;
};
LAMPAS_MODULE(Leaf);

struct TreeImpl : Cloneable<TreeImpl> {
  TreeImpl() { reset(); }
  void reset() override {
    left = register_module("left", Leaf(1));
    right = register_module("right", Leaf(2));
    own = register_parameter("own", ones(3));
  }
  Leaf left{nullptr}, right{nullptr};
  Tensor own;
};
LAMPAS_MODULE(Tree);

std::vector<std::string> keys(const OrderedDict<std::string, Tensor>& d) { return d.keys(); }
using Strings = std::vector<std::string>;

TEST(Module, ListsParametersAndBuffersParentFirst) {
  TreeImpl tree;  // on the stack
  EXPECT_EQ(keys(tree.named_parameters()), (Strings{"own", "left.w", "left.b", "right.w", "right.b"}));
  EXPECT_EQ(keys(tree.named_parameters(false)), (Strings{"own"}));
  EXPECT_EQ(keys(tree.named_buffers()), (Strings{"left.count", "right.count"}));
  EXPECT_TRUE(tree.buffers(false).empty());
  EXPECT_TRUE(tree.parameters()[1].is_same(tree.left->w));
  for (const Tensor& p : tree.parameters()) EXPECT_TRUE(p.requires_grad());
}

TEST(Module, SharedMembersAppearOnceUnderTheirFirstName) {
  struct Shared : Module {
    Shared() {
      a = register_module("a", Leaf());
      register_module("again", a);
      register_parameter("tied", a->w);
      register_buffer("same", a->count);
    }
    Leaf a{nullptr};
  } m;
  EXPECT_EQ(keys(m.named_parameters()), (Strings{"tied", "a.b"}));
  EXPECT_EQ(keys(m.named_buffers()), (Strings{"same"}));
  EXPECT_EQ(m.parameters().size(), 2u);
  EXPECT_EQ(m.children().size(), 1u);
  EXPECT_EQ(m.modules(false).size(), 1u);
  EXPECT_EQ(m.named_children().keys(), (Strings{"a", "again"})) << "names are all listed";
  EXPECT_EQ(m.named_modules().keys(), (Strings{"", "a"}));
  EXPECT_EQ(m.named_modules("", true, /*remove_duplicate=*/false).keys(), (Strings{"", "a", "again"}));
  EXPECT_EQ(m.named_parameters("net", true, /*remove_duplicate=*/false).keys(),
            (Strings{"net.tied", "net.a.w", "net.a.b", "net.again.w", "net.again.b"}));
  EXPECT_EQ(m.named_buffers("net", true, /*remove_duplicate=*/false).keys(),
            (Strings{"net.same", "net.a.count", "net.again.count"}));
  int visits = 0;
  m.apply([&](Module&) { ++visits; });
  EXPECT_EQ(visits, 2);
  EXPECT_EQ(m.state_dict().keys(),
            (Strings{"tied", "same", "a.w", "a.b", "a.count", "again.w", "again.b", "again.count"}));
}

TEST(Module, NamesWithAPrefix) {
  Tree tree;
  EXPECT_EQ(tree->named_parameters("net").keys(),
            (Strings{"net.own", "net.left.w", "net.left.b", "net.right.w", "net.right.b"}));
  EXPECT_EQ(tree->named_parameters("net", /*recurse=*/false).keys(), (Strings{"net.own"}));
  EXPECT_EQ(tree->named_buffers(std::string("net")).keys(), (Strings{"net.left.count", "net.right.count"}));
}

TEST(Module, FindsMembersByDottedPath) {
  TreeImpl tree;  // on the stack
  EXPECT_EQ(tree.get_submodule("left").get(), tree.left.get());
  EXPECT_EQ(tree.get_submodule("").get(), &tree);
  EXPECT_TRUE(tree.get_parameter("left.w").is_same(tree.left->w));
  EXPECT_TRUE(tree.get_parameter("own").is_same(tree.own));
  EXPECT_TRUE(static_cast<const Module&>(tree).get_buffer("right.count").is_same(tree.right->count));
  Sequential nested;
  nested->push_back(Sequential(Leaf(3)));
  EXPECT_EQ(nested->get_parameter("0.0.w").select(0, 0).item<float>(), 3);
  EXPECT_MESSAGE(tree.get_submodule("left.x"), "get_submodule: 'left.x'");
  EXPECT_MESSAGE(tree.get_submodule("middle"), "has no submodule 'middle'");
  EXPECT_MESSAGE(tree.get_parameter("left.count"), "get_parameter: 'left.count'");
  EXPECT_MESSAGE(tree.get_parameter("left.count"), "has no parameter 'count'");
  EXPECT_MESSAGE(tree.get_buffer("left.w"), "has no buffer 'w'");
}

TEST(Module, AddModuleReplaces) {
  Tree tree;
  tree->add_module("left", Leaf(9));
  tree->add_module("last", std::make_shared<LeafImpl>(4));
  EXPECT_EQ(tree->named_children().keys(), (Strings{"left", "right", "last"}));
  EXPECT_EQ(tree->get_parameter("left.w").select(0, 0).item<float>(), 9);
  EXPECT_MESSAGE(tree->add_module("own", Leaf()), "Parameter 'own' already defined in this module");
}

TEST(Module, ApplyVisitsParentFirstInEveryForm) {
  Tree tree;
  EXPECT_EQ(&tree->apply([](Module&) {}), tree.get());
  const Strings names{"", "left", "right"};
  Strings seen;
  tree->apply([&](const std::string& key, Module&) { seen.push_back(key); });
  EXPECT_EQ(seen, names);
  seen.clear();
  tree->apply(
      [&](const std::string& key, const std::shared_ptr<Module>& m) {
        EXPECT_NE(m, nullptr);
        seen.push_back(key);
      },
      "net");
  EXPECT_EQ(seen, (Strings{"net", "net.left", "net.right"}));
  std::vector<const Module*> modules;
  static_cast<const TreeImpl&>(*tree).apply([&](const Module& m) { modules.push_back(&m); });
  EXPECT_EQ(modules, (std::vector<const Module*>{tree.get(), tree->left.get(), tree->right.get()}));
  modules.clear();
  tree->apply([&](const std::shared_ptr<Module>& m) { modules.push_back(m.get()); });
  EXPECT_EQ(modules.size(), 3u);
}

TEST(Module, WorksOnTheStack) {
  TreeImpl tree;
  std::vector<const Module*> seen;
  tree.apply([&](const std::shared_ptr<Module>& m) { seen.push_back(m.get()); });
  EXPECT_EQ(seen[0], &tree);
  EXPECT_EQ(tree.named_modules()[0].value().get(), &tree);
  EXPECT_EQ(tree.modules(false).size(), 2u);
  EXPECT_MESSAGE(tree.modules(), "attempted to retrieve your top-level module as a shared_ptr");
  EXPECT_EQ(std::make_shared<TreeImpl>()->modules().size(), 3u);
}

TEST(Module, NameIsTheClassOrTheOneGiven) {
  struct Named : Module {
    Named() : Module("Given") {}
  };
  EXPECT_EQ(Named().name(), "Given");
  EXPECT_EQ(AtRoot().name(), "AtRoot");
  EXPECT_TRUE(contains(LeafImpl().name(), "LeafImpl"));
  EXPECT_EQ(LeafImpl().name().rfind("torch::nn::", 0), 0u) << LeafImpl().name();
}

TEST(Module, RegistrationChecksNames) {
  TreeImpl m;
  EXPECT_MESSAGE(m.register_parameter("", ones(1)), "Parameter name must not be empty");
  EXPECT_MESSAGE(m.register_buffer("a.b", ones(1)), "Buffer name must not contain a dot (got 'a.b')");
  EXPECT_MESSAGE(m.register_module("", Leaf()), "Submodule name must not be empty");
  EXPECT_MESSAGE(m.register_parameter("own", ones(1)), "Parameter 'own' already defined");
  EXPECT_MESSAGE(m.register_module("left", Leaf()), "Submodule 'left' already defined");
  // Kinds do not share names.
  EXPECT_MESSAGE(m.register_buffer("own", ones(1)), "Parameter 'own' already defined in this module");
  EXPECT_MESSAGE(m.register_module("own", Leaf()), "Parameter 'own' already defined in this module");
  EXPECT_MESSAGE(m.register_parameter("left", ones(1)), "Submodule 'left' already defined in this module");
  EXPECT_MESSAGE(m.register_parameter("n", ones(1, kLong)), "cannot require gradients");
  EXPECT_FALSE(m.register_parameter("n", ones(1, kLong), false).requires_grad());
  EXPECT_MESSAGE(m.register_parameter("h", ones(1).requires_grad_() * 2, false), "has a history");
  EXPECT_MESSAGE(m.register_module("none", std::shared_ptr<LeafImpl>()), "is null");
  EXPECT_EQ(m.named_parameters(false).size(), 2u) << "what was refused is not registered";
}

TEST(Module, UndefinedParametersAreLeftOut) {
  struct Off : Module {
    Off() {
      register_parameter("p", Tensor(), false);
      register_buffer("b", Tensor());
    }
  } m;
  EXPECT_TRUE(m.parameters().empty());
  EXPECT_TRUE(m.buffers().empty());
  EXPECT_TRUE(m.state_dict().is_empty());
  m.to(kDouble);
  m.zero_grad();
}

TEST(Module, ReplaceAndUnregister) {
  Tree tree;
  EXPECT_MESSAGE(tree->replace_module("middle", Leaf()), "Submodule 'middle' is not defined");
  tree->left = tree->replace_module("left", Leaf(7));
  EXPECT_EQ(tree->named_parameters()["left.w"].select(0, 0).item<float>(), 7);
  EXPECT_EQ(tree->named_modules()["left"]->as<Leaf>(), tree->left.get());
  EXPECT_MESSAGE(tree->unregister_module("middle"), "No Module with name `middle` is registered");
  tree->unregister_module("left");
  EXPECT_EQ(tree->children().size(), 1u);
}

TEST(Module, AsCastsToClassesAndHolders) {
  Leaf leaf;
  std::shared_ptr<Module> m = leaf.ptr();
  EXPECT_EQ(m->as<Leaf>(), leaf.get());
  EXPECT_EQ(m->as<LeafImpl>(), leaf.get());
  EXPECT_EQ(m->as<Module>(), leaf.get());
  EXPECT_EQ(m->as<Tree>(), nullptr);
  EXPECT_EQ(static_cast<const Module&>(*m).as<Leaf>(), leaf.get());
}

TEST(Module, TrainAndEvalReachEverySubmodule) {
  Tree tree;
  EXPECT_TRUE(tree->right->is_training());
  tree->eval();
  EXPECT_FALSE(tree->is_training());
  EXPECT_FALSE(tree->right->is_training());
  tree->train();
  EXPECT_TRUE(tree->right->is_training());
}

TEST(Module, ToConvertsFloatingTensorsAndKeepsTheObjects) {
  Tree tree;
  const Tensor w = tree->left->w;
  tree->left->w.sum().backward();
  tree->to(kDouble);
  EXPECT_EQ(w.scalar_type(), kDouble);
  EXPECT_TRUE(w.is_same(tree->left->w));
  EXPECT_TRUE(w.requires_grad());
  EXPECT_EQ(w.grad().scalar_type(), kDouble);
  EXPECT_EQ(tree->left->count.scalar_type(), kLong) << "integral buffers stay";
  tree->left->requires_grad_(false);
  EXPECT_MESSAGE(tree->to(kInt), "requires gradients and cannot become Int");
  EXPECT_EQ(w.scalar_type(), kDouble) << "a refused conversion changes nothing, also where it could";
  EXPECT_MESSAGE(tree->cuda(), "cuda");
  tree->requires_grad_(false);
  tree->to(kInt);
  EXPECT_EQ(w.scalar_type(), kInt);
  EXPECT_EQ(tree->left->count.scalar_type(), kInt);
}

TEST(Module, ConversionsByName) {
  Leaf leaf;
  EXPECT_EQ(&leaf->half(), leaf.get());
  EXPECT_EQ(leaf->w.scalar_type(), kHalf);
  EXPECT_EQ(leaf->bfloat16().parameters()[0].scalar_type(), kBFloat16);
  EXPECT_EQ(leaf->double_().parameters()[0].scalar_type(), kDouble);
  EXPECT_EQ(leaf->float_().parameters()[0].scalar_type(), kFloat);
  EXPECT_EQ(leaf->count.scalar_type(), kLong);
  leaf->to(ones(1, kDouble));
  EXPECT_EQ(leaf->w.scalar_type(), kDouble);
  leaf->type(kFloat);
  EXPECT_EQ(leaf->w.scalar_type(), kFloat);
  EXPECT_EQ(leaf->count.scalar_type(), kFloat) << "type() converts integral buffers, too";
  EXPECT_MESSAGE(leaf->type(kLong), "requires gradients and cannot become Long");
  EXPECT_EQ(&leaf->cpu(), leaf.get());
}

TEST(Module, DocumentedValuesOfTo) {
  Leaf leaf;
  const float w[] = {0.1913f, -0.3420f};
  {
    NoGradGuard no_grad;
    for (int k = 0; k < 2; ++k) leaf->w.select(0, k).fill_(w[k]);
  }
  leaf->to(kDouble);
  for (int k = 0; k < 2; ++k) EXPECT_NEAR(leaf->w.select(0, k).item<double>(), w[k], 5e-5);
  leaf->to(Device(kCPU), kHalf, /*non_blocking=*/true);
  const double half[] = {0.1914, -0.3420};
  for (int k = 0; k < 2; ++k) EXPECT_NEAR(leaf->w.select(0, k).item<double>(), half[k], 2e-4);
  leaf->to(Device(kCPU));
  EXPECT_EQ(leaf->w.scalar_type(), kHalf);
}

TEST(Module, ToAMemoryFormat) {
  struct M : Module {
    M() {
      register_parameter("w4", ones({2, 3, 4, 5}));
      register_parameter("w2", ones({2, 3}));
    }
  } m;
  const Tensor w = m.parameters()[0];
  m.to(MemoryFormat::ChannelsLast);
  EXPECT_TRUE(w.is_contiguous(MemoryFormat::ChannelsLast));
  EXPECT_FALSE(w.is_contiguous());
  m.to(MemoryFormat::Contiguous);
  EXPECT_TRUE(w.is_contiguous());
  EXPECT_MESSAGE(m.to(MemoryFormat::Preserve), "expected the memory format");
}

TEST(Module, ZeroGrad) {
  Tree tree;
  (tree->left->w * 3).sum().backward();
  tree->zero_grad();
  EXPECT_EQ(tree->left->w.grad().sum().item<float>(), 0);
  EXPECT_FALSE(tree->right->w.grad().defined());
  tree->zero_grad(/*set_to_none=*/true);
  EXPECT_FALSE(tree->left->w.grad().defined());
}

TEST(Module, StateDictSharesMemoryAndLoads) {
  Tree from, to;
  {
    NoGradGuard no_grad;
    from->left->w.fill_(5);
    from->right->count.fill_(9);
  }
  const auto state = from->state_dict();
  EXPECT_EQ(state.keys(), (Strings{"own", "left.w", "left.b", "left.count", "right.w", "right.b", "right.count"}));
  EXPECT_FALSE(state["left.w"].requires_grad());
  EXPECT_TRUE(from->state_dict("", /*keep_vars=*/true)["left.w"].is_same(from->left->w));
  EXPECT_EQ(from->state_dict("net.")[0].key(), "net.own");
  const Tensor w = to->left->w;
  to->load_state_dict(state);
  EXPECT_EQ(w.select(0, 1).item<float>(), 5);
  EXPECT_EQ(to->right->count.item<int64_t>(), 9);
  EXPECT_TRUE(w.requires_grad());
}

TEST(Module, LoadStateDictNamesEveryMismatchAndChangesNothing) {
  Tree tree;
  auto state = Tree()->state_dict();
  state.erase("left.b");
  state.insert("extra", ones(1));
  state["right.w"] = ones(5);
  state["own"] = full({3}, 4.0, kDouble);
  const std::string message = message_of([&] { tree->load_state_dict(state); });
  EXPECT_TRUE(contains(message, "size mismatch for right.w: expected [2], got [5]")) << message;
  EXPECT_TRUE(contains(message, "dtype mismatch for own: expected Float, got Double")) << message;
  EXPECT_TRUE(contains(message, "missing key: left.b")) << message;
  EXPECT_TRUE(contains(message, "unexpected key: extra")) << message;
  EXPECT_EQ(tree->own.select(0, 0).item<float>(), 1);
  EXPECT_MESSAGE(tree->load_state_dict(state, false), "size mismatch for right.w");
  state["right.w"] = full({2}, 8.0);
  const auto result = tree->load_state_dict(state, false);
  EXPECT_EQ(result.missing_keys, (Strings{"left.b"}));
  EXPECT_EQ(result.unexpected_keys, (Strings{"extra"}));
  EXPECT_EQ(tree->own.select(0, 0).item<float>(), 4);
  EXPECT_EQ(tree->right->w.select(0, 0).item<float>(), 8);
}

TEST(Module, StateDictCarriesVersions) {
  struct Newer : LeafImpl {
    int64_t _version() const override { return 3; }
  };
  TreeImpl tree;
  tree.add_module("left", std::make_shared<Newer>());
  const StateDict state = tree.state_dict();
  EXPECT_EQ(state._metadata.keys(), (Strings{"", "left", "right"}));
  EXPECT_EQ(state._metadata["left"]["version"], 3);
  EXPECT_EQ(state._metadata["right"]["version"], 1);
  StateDict both;
  EXPECT_EQ(&tree.state_dict(both, "a."), &both);
  tree.state_dict(both, "b.");
  EXPECT_EQ(both.size(), 2 * state.size());
  EXPECT_TRUE(both._metadata.contains("b.left"));
}

/// Version 2 renamed "weight" to "w"; a clone of version 1's state still loads.
struct RenamedImpl : Module {
  RenamedImpl() { w = register_parameter("w", zeros(2)); }
  int64_t _version() const override { return 2; }
  void _load_from_state_dict(StateDict& state_dict, const std::string& prefix,
                             const StateDict::LocalMetadata& local_metadata, bool strict, Strings& missing_keys,
                             Strings& unexpected_keys, Strings& error_msgs) override {
    const int64_t* version = local_metadata.find("version");
    if ((!version || *version < 2) && state_dict.contains(prefix + "weight")) {
      state_dict.insert(prefix + "w", Tensor(state_dict[prefix + "weight"]));
      state_dict.erase(prefix + "weight");
    }
    Module::_load_from_state_dict(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys,
                                  error_msgs);
  }
  Tensor w;
};

TEST(Module, OldStateMigrates) {
  struct Outer : Module {
    Outer() { inner = register_module("inner", std::make_shared<RenamedImpl>()); }
    std::shared_ptr<RenamedImpl> inner;
  } m;
  StateDict old;
  old.insert("inner.weight", full({2}, 6.0));
  m.load_state_dict(old);
  EXPECT_EQ(m.inner->w.select(0, 0).item<float>(), 6);
  EXPECT_EQ(old.keys(), (Strings{"inner.weight"})) << "the given state is left alone";
  old._metadata.insert("inner", StateDict::LocalMetadata({{"version", int64_t{2}}}));
  EXPECT_MESSAGE(m.load_state_dict(old), "missing key: inner.w");
  m.load_state_dict(OrderedDict<std::string, Tensor>({{"inner.w", full({2}, 7.0)}}));
  EXPECT_EQ(m.inner->w.select(0, 0).item<float>(), 7);
}

TEST(Module, TransientBuffersAreNotSaved) {
  struct M : Module {
    M() { register_buffer("scratch", ones(1), /*persistent=*/false); }
  } m;
  EXPECT_TRUE(m.state_dict().is_empty());
  EXPECT_EQ(m.buffers().size(), 1u);
}

TEST(Module, CloneIsDeep) {
  Tree tree;
  {
    NoGradGuard no_grad;
    tree->left->w.fill_(3);
    tree->own.mul_(2);
  }
  tree->right->w.requires_grad_(false);
  tree->left->eval();
  const auto copy = std::dynamic_pointer_cast<TreeImpl>(tree->clone());
  ASSERT_NE(copy, nullptr);
  EXPECT_EQ(copy->left->w.select(0, 0).item<float>(), 3);
  EXPECT_EQ(copy->own.select(0, 0).item<float>(), 2);
  EXPECT_FALSE(copy->right->w.requires_grad());
  EXPECT_TRUE(copy->left->w.requires_grad());
  EXPECT_FALSE(copy->left->is_training());
  EXPECT_TRUE(copy->right->is_training());
  EXPECT_TRUE(copy->named_parameters()["left.w"].is_same(copy->left->w)) << "members refer to what is registered";
  NoGradGuard no_grad;
  for (const auto& p : copy->named_parameters()) {
    EXPECT_FALSE(p->is_alias_of(tree->named_parameters()[p.key()]));
    p->add_(1);
  }
  EXPECT_EQ(tree->left->w.select(0, 0).item<float>(), 3);
}

TEST(Module, CloneFollowsDtypeAndNeedsReset) {
  Leaf leaf;
  leaf->to(kDouble);
  const auto copy = std::dynamic_pointer_cast<LeafImpl>(leaf->clone(Device(kCPU)));
  EXPECT_EQ(copy->w.scalar_type(), kDouble);
  EXPECT_TRUE(copy->w.requires_grad());
  struct Plain : Module {};
  EXPECT_MESSAGE(Plain().clone(), "clone() has not been implemented");
  struct InConstructor : Cloneable<InConstructor> {
    InConstructor() { register_parameter("p", ones(1)); }
    void reset() override {}
  };
  EXPECT_MESSAGE(InConstructor().clone(), "does not have the same parameters");
}

TEST(Module, PrintsTheTree) {
  EXPECT_EQ(printed(AtRoot()), "AtRoot");
  struct Line : Module {
    void pretty_print(std::ostream& os) const override { os << "Line(x=" << 1 << ")"; }
  };
  struct Outer : Module {
    Outer() {
      register_module("a", std::make_shared<Line>());
      auto inner = register_module("b", std::make_shared<AtRoot>());
      inner->register_module("c", std::make_shared<Line>());
    }
    void pretty_print(std::ostream& os) const override { os << "Outer"; }
  };
  EXPECT_EQ(printed(Outer()), "Outer(\n  (a): Line(x=1)\n  (b): AtRoot(\n    (c): Line(x=1)\n  )\n)");
}

TEST(Module, ExtraReprFillsTheParentheses) {
  struct Extra : Module {
    explicit Extra(std::string text) : Module("Extra"), text(std::move(text)) {}
    std::string extra_repr() const override { return text; }
    std::string text;
  };
  EXPECT_EQ(printed(Extra("k=2")), "Extra(k=2)");
  EXPECT_EQ(printed(Extra("")), "Extra");
  EXPECT_EQ(printed(Extra("a\nb")), "Extra(\n  a\n  b\n)");
  Extra outer("k=2");
  outer.register_module("x", std::make_shared<Extra>("k=3"));
  EXPECT_EQ(printed(outer), "Extra(\n  k=2\n  (x): Extra(k=3)\n)");
}

// ---- Parameter -----------------------------------------------------------------------------------------------------

TEST(Parameter, RequiresGradAndSharesMemory) {
  const Tensor t = ones(3);
  const Parameter p(t);
  EXPECT_TRUE(p.requires_grad());
  EXPECT_FALSE(t.requires_grad());
  EXPECT_TRUE(p.is_alias_of(t));
  EXPECT_FALSE(Parameter(t, false).requires_grad());
  EXPECT_FALSE(Parameter(ones(2, kLong), false).requires_grad());
  EXPECT_MESSAGE(Parameter(ones(2, kLong)), "Parameter: a tensor of dtype Long cannot require gradients");
  EXPECT_FALSE(Parameter().defined());
}

struct WithParameterImpl : Cloneable<WithParameterImpl> {
  WithParameterImpl() { reset(); }
  void reset() override {
    register_parameter("w", w);
    b = register_parameter("b", zeros(1));
  }
  Parameter w{ones({2, 3})};
  Parameter b;
};

TEST(Parameter, AssignmentKeepsTheRegistration) {
  WithParameterImpl m;
  const Tensor w = m.named_parameters()["w"];
  EXPECT_TRUE(w.is_same(m.w));
  (m.w * 2).sum().backward();
  m.w = Parameter(full({2, 3}, 5.0));
  EXPECT_EQ(m.parameters()[0].select(0, 0).select(0, 0).item<float>(), 5);
  EXPECT_TRUE(m.parameters()[0].is_same(w)) << "optimizers keep the tensor they know";
  EXPECT_TRUE(m.w.grad().defined());
  m.w = Parameter(zeros({4}), /*requires_grad=*/false);
  EXPECT_EQ(m.parameters()[0].sizes(), IntArrayRef({4}));
  EXPECT_FALSE(m.parameters()[0].requires_grad());
  EXPECT_FALSE(m.w.grad().defined()) << "a gradient of another shape goes";
  m.b = full({1}, 3.0);
  EXPECT_EQ(m.parameters()[1].item<float>(), 3);
  EXPECT_MESSAGE(m.b = Tensor(), "cannot assign an undefined tensor to a registered parameter");
  Parameter handle = m.b;
  handle = Parameter(zeros(1));
  EXPECT_EQ(m.parameters()[1].item<float>(), 3) << "a copy is a handle of its own";
}

TEST(Parameter, ClonesHaveTheirOwn) {
  WithParameterImpl m;
  m.w = Parameter(full({2, 3}, 5.0));
  const auto copy = std::dynamic_pointer_cast<WithParameterImpl>(m.clone());
  EXPECT_EQ(copy->w.select(0, 0).select(0, 0).item<float>(), 5);
  EXPECT_TRUE(copy->parameters()[0].is_same(copy->w));
  EXPECT_TRUE(copy->parameters()[1].is_same(copy->b));
  EXPECT_FALSE(copy->w.is_alias_of(m.w));
  copy->w = Parameter(zeros({2, 3}));
  EXPECT_EQ(copy->parameters()[0].sum().item<float>(), 0);
  EXPECT_EQ(m.parameters()[0].sum().item<float>(), 30);
}

TEST(ModuleHolder, ConstructsSharesAndRefusesNull) {
  Leaf leaf(4), same = leaf;
  EXPECT_EQ(leaf->value, 4);
  EXPECT_EQ(leaf.get(), same.get());
  EXPECT_TRUE(static_cast<bool>(leaf));
  Leaf none = nullptr;
  EXPECT_TRUE(none.is_empty());
  EXPECT_MESSAGE(none->value, "Accessing empty ModuleHolder");
  EXPECT_MESSAGE(none(ones(2)), "Accessing empty ModuleHolder");
  EXPECT_EQ(leaf(ones(2)).select(0, 0).item<float>(), 4);
}

// A table of positions is often made by view() or unsqueeze(): such tensors move and convert like any other.
struct Viewed : Cloneable<Viewed> {
  Viewed() { reset(); }
  void reset() override {
    table = arange(8, kFloat);
    position = register_buffer("position", table.unsqueeze(0));
    weight = register_parameter("weight", ones({8}).view({2, 4}));
    NoGradGuard no_grad;
    image = register_buffer("image", ones({1, 24}).view({1, 2, 3, 4}));
  }
  Tensor table, position, weight, image;
};
TEST(Module, ConvertsMembersThatAreViews) {
  auto m = std::make_shared<Viewed>();
  m->to(MemoryFormat::ChannelsLast);
  EXPECT_TRUE(m->image.is_contiguous(MemoryFormat::ChannelsLast));
  m->to(kDouble);
  EXPECT_EQ(m->position.scalar_type(), kDouble);
  EXPECT_FALSE(m->position.is_view());
  EXPECT_EQ(m->table.scalar_type(), kFloat);
  m->position.zero_();
  EXPECT_EQ(m->table.sum().item<float>(), 28);
  EXPECT_TRUE(m->weight.requires_grad() && m->weight.is_leaf());
  (m->weight * 3).sum().backward();
  EXPECT_EQ(m->weight.grad().sum().item<double>(), 24);
  const auto copy = std::dynamic_pointer_cast<Viewed>(m->clone());
  EXPECT_EQ(copy->weight.scalar_type(), kDouble);
  EXPECT_FALSE(copy->position.is_alias_of(m->position));

  const Tensor base = ones({2, 3}).requires_grad_();
  EXPECT_MESSAGE((base * 1)[0].set_data(ones({3})), "a view's data cannot be replaced");
}

}  // namespace
}  // namespace lampas::nn
