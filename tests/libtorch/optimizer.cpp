// An optimizer and a scheduler of a program's own, written as LibTorch's are: options and state that save themselves,
// and get_lrs() counting with step_count_. The losses are LibTorch's.
#include <torch/torch.h>

#include <cstdio>
#include <deque>
#include <sstream>

namespace {

int failures = 0;
void expect(bool ok, const char* what) {
  if (ok) return;
  std::printf("failed: %s\n", what);
  ++failures;
}
#define EXPECT(...) expect((__VA_ARGS__), #__VA_ARGS__)

struct TrustOptions : public torch::optim::OptimizerCloneableOptions<TrustOptions> {
  TrustOptions(double lr = 1e-3) : lr_(lr) {}
  TORCH_ARG(double, lr) = 1e-3;
  typedef std::tuple<double, double> betas_t;
  TORCH_ARG(betas_t, betas) = std::make_tuple(0.9, 0.999);
  TORCH_ARG(double, weight_decay) = 0;
  TORCH_ARG(bool, bounded) = true;
  TORCH_ARG(int64_t, keep) = 2;
  TORCH_ARG(c10::optional<int64_t>, limit) = c10::nullopt;
  TORCH_ARG(c10::optional<std::string>, note) = c10::nullopt;

 public:
  void serialize(torch::serialize::InputArchive& archive) override {
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG(double, lr);
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG(betas_t, betas);
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG(double, weight_decay);
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG(bool, bounded);
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG(int64_t, keep);
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG_OPTIONAL(int64_t, limit);
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG_OPTIONAL(std::string, note);
  }
  void serialize(torch::serialize::OutputArchive& archive) const override {
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG(lr);
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG(betas);
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG(weight_decay);
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG(bounded);
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG(keep);
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG(limit);
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG(note);
  }
  ~TrustOptions() override = default;
  double get_lr() const override { return lr(); }
  void set_lr(const double lr) override { this->lr(lr); }
};

struct TrustParamState : public torch::optim::OptimizerCloneableParamState<TrustParamState> {
  TORCH_ARG(int64_t, step) = 0;
  TORCH_ARG(torch::Tensor, exp_avg);
  TORCH_ARG(torch::Tensor, exp_avg_sq);
  TORCH_ARG(torch::Tensor, unused) = {};
  TORCH_ARG(std::deque<torch::Tensor>, steps);

 public:
  void serialize(torch::serialize::InputArchive& archive) override {
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG(int64_t, step);
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG(torch::Tensor, exp_avg);
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG(torch::Tensor, exp_avg_sq);
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG(torch::Tensor, unused);
    using torch::optim::list_to_deque;
    _TORCH_OPTIM_DESERIALIZE_TORCH_ARG_DEQUE(std::deque<torch::Tensor>, steps);
  }
  void serialize(torch::serialize::OutputArchive& archive) const override {
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG(step);
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG(exp_avg);
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG(exp_avg_sq);
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG(unused);
    using torch::optim::deque_to_list;
    _TORCH_OPTIM_SERIALIZE_TORCH_ARG_DEQUE(steps);
  }
  ~TrustParamState() override = default;
};

class Trust : public torch::optim::Optimizer {
 public:
  explicit Trust(std::vector<torch::optim::OptimizerParamGroup> param_groups, TrustOptions defaults = {})
      : Optimizer(std::move(param_groups), std::make_unique<TrustOptions>(defaults)) {}
  explicit Trust(std::vector<torch::Tensor> params, TrustOptions defaults = {})
      : Trust({torch::optim::OptimizerParamGroup(std::move(params))}, defaults) {}

  torch::Tensor step(LossClosure closure = nullptr) override {
    torch::NoGradGuard no_grad;
    torch::Tensor loss = {};
    if (closure != nullptr) {
      at::AutoGradMode enable_grad(true);
      loss = closure();
    }
    for (auto& group : param_groups_) {
      for (auto& p : group.params()) {
        if (!p.grad().defined()) continue;
        const auto key = c10::guts::to_string(p.unsafeGetTensorImpl());
        auto& options = static_cast<TrustOptions&>(group.options());
        if (state_.find(key) == state_.end()) {
          auto fresh = std::make_unique<TrustParamState>();
          fresh->exp_avg(torch::zeros_like(p, torch::MemoryFormat::Preserve));
          fresh->exp_avg_sq(torch::zeros_like(p, torch::MemoryFormat::Preserve));
          state_[key] = std::move(fresh);
        }
        auto& state = static_cast<TrustParamState&>(*state_[key]);
        state.step(state.step() + 1);
        const auto beta1 = std::get<0>(options.betas()), beta2 = std::get<1>(options.betas());
        state.exp_avg().mul_(beta1).add_(p.grad(), 1 - beta1);
        state.exp_avg_sq().mul_(beta2).addcmul_(p.grad(), p.grad(), 1 - beta2);
        auto change = state.exp_avg() / state.exp_avg_sq().sqrt().add_(1e-8);
        if (options.weight_decay() != 0) change.add_(p, options.weight_decay());
        const auto length = p.norm(2).item<double>(), step = change.norm(2).item<double>();
        p.add_(change, -options.lr() * (length == 0 || step == 0 ? 1. : std::min(length, 10.) / step));
        state.steps().push_back(change);
        if (static_cast<int64_t>(state.steps().size()) > options.keep()) state.steps().pop_front();
      }
    }
    return loss;
  }
  void save(torch::serialize::OutputArchive& archive) const override { serialize(*this, archive); }
  void load(torch::serialize::InputArchive& archive) override {
    torch::IValue pytorch_version;
    EXPECT(archive.try_read("pytorch_version", pytorch_version));
    serialize(*this, archive);
  }

 private:
  template <typename Self, typename Archive>
  static void serialize(Self& self, Archive& archive) {
    _TORCH_OPTIM_SERIALIZE_WITH_TEMPLATE_ARG(Trust);
  }
};

class WarmUp : public torch::optim::LRScheduler {
 public:
  WarmUp(torch::optim::Optimizer& optimizer, unsigned steps)
      : torch::optim::LRScheduler(optimizer), steps_(steps), base_(get_current_lrs()) {}

 private:
  std::vector<double> get_lrs() override {
    std::vector<double> lrs = base_;
    for (double& lr : lrs) lr *= std::min(1.0, double(step_count_ + 1) / steps_);
    return lrs;
  }
  const unsigned steps_;
  const std::vector<double> base_;
};

std::vector<torch::optim::OptimizerParamGroup> groups(torch::nn::SequentialImpl& net) {
  std::vector<torch::optim::OptimizerParamGroup> all;
  all.emplace_back(net.ptr(0)->parameters());
  all.emplace_back(net.ptr(2)->parameters(), std::make_unique<TrustOptions>(
                                                 TrustOptions(2e-2).weight_decay(0.1).betas({0.8, 0.99}).note("last")));
  return all;
}

}  // namespace

int main() {
  torch::manual_seed(0);
  torch::nn::Sequential net(torch::nn::Linear(4, 8), torch::nn::Tanh(), torch::nn::Linear(8, 2));
  Trust optimizer(groups(*net), TrustOptions(1e-2));
  WarmUp scheduler(optimizer, 5);
  const auto x = torch::randn({16, 4}), y = torch::randn({16, 2});
  const auto train = [&](torch::nn::SequentialImpl& model, Trust& by) {
    return by
        .step([&] {
          by.zero_grad();
          auto loss = torch::mse_loss(model.forward(x), y);
          loss.backward();
          return loss;
        })
        .item<double>();
  };
  for (double expected : {1.08045, 1.06774, 1.06523, 1.06024, 1.05284, 1.04312}) {
    EXPECT(std::abs(train(*net, optimizer) - expected) < 2e-5);
    scheduler.step();
  }

  std::stringstream file;
  torch::save(optimizer, file);
  auto copy = std::dynamic_pointer_cast<torch::nn::SequentialImpl>(net->clone());
  Trust again(groups(*copy));
  torch::load(again, file);
  EXPECT(again.state().size() == 4);
  for (const auto& entry : again.state()) {
    const auto& state = static_cast<TrustParamState&>(*entry.second);
    EXPECT(state.step() == 6 && state.steps().size() == 2 && !state.unused().defined());
  }
  const auto& last = static_cast<TrustOptions&>(again.param_groups()[1].options());
  EXPECT(last.lr() == 2e-2 && last.betas() == std::make_tuple(0.8, 0.99) && last.note() == std::string("last"));
  EXPECT(!last.limit().has_value() && again.param_groups()[0].options().get_lr() == 1e-2);
  const double next = train(*net, optimizer);
  EXPECT(train(*copy, again) == next);
  EXPECT(train(*copy, again) == train(*net, optimizer));

  // LibTorch 2's scheduler, and what its utilities keep besides optimizers.
  torch::optim::SGD sgd(net->parameters(), 1.0);
  using Plateau = torch::optim::ReduceLROnPlateauScheduler;
  Plateau plateau(sgd, Plateau::SchedulerMode::min, 0.5f, 1, 1e-4, Plateau::ThresholdMode::rel, 0, {0.375f}),
      defaults(sgd);
  std::string rates;
  for (float metric : {1.f, 0.9f, 0.9f, 0.9f, 0.9f, 0.9f}) {
    plateau.step(metric);
    rates += std::to_string(sgd.param_groups()[0].options().get_lr()).substr(0, 5) + " ";
  }
  EXPECT(rates == "1.000 1.000 1.000 0.500 0.500 0.375 ");
  torch::serialize::OutputArchive out;
  const std::deque<torch::Tensor> buffers{x, y};
  torch::optim::serialize(out, "buffers", buffers);
  torch::optim::serialize(out, "steps", std::vector<int64_t>{3, 4});
  torch::optim::serialize(out, "count", int64_t{5});
  std::stringstream kept;
  out.save_to(kept);
  torch::serialize::InputArchive in;
  in.load_from(kept);
  std::deque<torch::Tensor> read_buffers;
  std::vector<int64_t> steps;
  int64_t count = 0;
  torch::optim::serialize(in, "buffers", read_buffers);
  torch::optim::serialize(in, "steps", steps);
  torch::optim::serialize(in, "count", count);
  EXPECT(read_buffers.size() == 2 && read_buffers[1].equal(y) && steps == std::vector<int64_t>({3, 4}) && count == 5);

  // Another number of groups, or of parameters in one, changes nothing.
  for (int k = 0; k < 2; ++k) {
    std::stringstream other;
    torch::save(k ? Trust(net->parameters()) : Trust(groups(*net)), other);
    Trust refuses({torch::optim::OptimizerParamGroup(net[0]->parameters())});
    try {
      torch::load(refuses, other);
      EXPECT(!"refused");
    } catch (const c10::Error& e) {
      EXPECT(std::string(e.what()).find(k ? "different size" : "different number of parameter groups") !=
             std::string::npos);
    }
    EXPECT(refuses.param_groups()[0].options().get_lr() == 1e-3);
  }
  return failures != 0;
}
