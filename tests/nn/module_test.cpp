#include "lampas/nn/module.h"

#include "lampas/nn/cloneable.h"
#include "lampas/nn/pimpl.h"
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
  int visits = 0;
  m.apply([&](Module&) { ++visits; });
  EXPECT_EQ(visits, 2);
  EXPECT_EQ(m.state_dict().keys(),
            (Strings{"tied", "same", "a.w", "a.b", "a.count", "again.w", "again.b", "again.count"}));
}

TEST(Module, ApplyVisitsParentFirstInEveryForm) {
  Tree tree;
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
  EXPECT_MESSAGE(tree->to(kInt), "requires gradients and cannot become Int");
  tree->requires_grad_(false);
  tree->to(kInt);
  EXPECT_EQ(w.scalar_type(), kInt);
  EXPECT_EQ(tree->left->count.scalar_type(), kInt);
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

}  // namespace
}  // namespace lampas::nn
