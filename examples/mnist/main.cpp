// Trains a small convolutional network on MNIST, evaluates it after every epoch, saves a checkpoint, loads it into a
// fresh model and shows that it gives the same accuracy. See --help.
#include <lampas/lampas.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "options.h"
#include "progress.h"
#include "svg.h"

namespace {

using lampas::Tensor;
namespace nn = lampas::nn;
namespace F = lampas::nn::functional;
namespace data = lampas::data;

constexpr double kMean = 0.1307, kStd = 0.3081;  // of the training pixels

/// Two convolutions with batch normalisation, two linear layers: 431,000 parameters.
struct NetImpl : nn::Module {
  NetImpl()
      : conv1(nn::Conv2dOptions(1, 20, 5)),
        conv2(nn::Conv2dOptions(20, 50, 5)),
        norm1(20),
        norm2(50),
        fc1(50 * 4 * 4, 500),
        fc2(500, 10),
        drop(0.3) {
    register_module("conv1", conv1);
    register_module("norm1", norm1);
    register_module("conv2", conv2);
    register_module("norm2", norm2);
    register_module("fc1", fc1);
    register_module("drop", drop);
    register_module("fc2", fc2);
  }
  Tensor forward(Tensor x) {
    x = lampas::max_pool2d(lampas::relu(norm1(conv1(x))), 2);
    x = lampas::max_pool2d(lampas::relu(norm2(conv2(x))), 2);
    x = lampas::relu(fc1(x.flatten(1)));
    return lampas::log_softmax(fc2(drop(x)), 1);
  }
  nn::Conv2d conv1, conv2;
  nn::BatchNorm2d norm1, norm2;
  nn::Linear fc1, fc2;
  nn::Dropout drop;
};
LAMPAS_MODULE(Net);

struct Evaluation {
  double loss = 0, accuracy = 0;
  std::vector<Mistake> mistakes;  // the first few
  size_t wrong = 0;
};

Evaluation evaluate(Net& net, const data::datasets::MNIST& test, size_t keep) {
  lampas::NoGradGuard no_grad;
  net->eval();
  Evaluation e;
  const int64_t n = test.images().size(0), batch = 500;
  int64_t correct = 0;
  for (int64_t at = 0; at < n; at += batch) {
    const Tensor raw = test.images().slice(0, at, at + batch), target = test.targets().slice(0, at, at + batch);
    const Tensor scores = net(raw.sub(kMean).div(kStd)), guess = scores.argmax(1);
    e.loss += F::nll_loss(scores, target, F::NLLLossFuncOptions().reduction(lampas::kSum)).item<double>();
    const Tensor hit = guess.eq(target);
    correct += hit.sum().item<int64_t>();
    for (int64_t k = 0; k < raw.size(0); ++k) {
      if (hit[k].item<bool>()) continue;
      ++e.wrong;
      if (e.mistakes.size() >= keep) continue;
      const Tensor pixels = raw[k].contiguous();
      const auto* p = pixels.const_data_ptr<float>();
      e.mistakes.push_back(
          {std::vector<float>(p, p + pixels.numel()), target[k].item<int64_t>(), guess[k].item<int64_t>()});
    }
  }
  e.loss /= static_cast<double>(n);
  e.accuracy = static_cast<double>(correct) / static_cast<double>(n);
  net->train();
  return e;
}

std::unique_ptr<lampas::optim::Optimizer> make_optimizer(const Options& o, Net& net) {
  if (o.optimizer == "adam")
    return std::make_unique<lampas::optim::Adam>(net->parameters(), lampas::optim::AdamOptions(o.lr));
  return std::make_unique<lampas::optim::SGD>(net->parameters(),
                                              lampas::optim::SGDOptions(o.lr).momentum(0.9).weight_decay(5e-4));
}

void set_lr(lampas::optim::Optimizer& optimizer, double lr) {
  for (auto& group : optimizer.param_groups()) group.options().set_lr(lr);
}

void save_checkpoint(const std::string& path, Net& net, lampas::optim::Optimizer& optimizer, const Options& o,
                     int64_t epoch) {
  lampas::serialize::OutputArchive model, state, all;
  model << net;
  state << optimizer;
  all.write("model", model);
  all.write("optimizer", state);
  all.write("epoch", lampas::Scalar(epoch));
  all.write("optimizer_name", o.optimizer);
  all.save_to(path);
}

/// Returns the number of epochs the checkpoint has seen.
int64_t load_checkpoint(const std::string& path, Net& net, lampas::optim::Optimizer* optimizer, const Options& o) {
  lampas::serialize::InputArchive all, model, state;
  all.load_from(path);
  all.read("model", model);
  lampas::Scalar epoch;
  all.read("epoch", epoch);
  if (optimizer) {
    std::string name;
    all.read("optimizer_name", name);
    lampas::check(name == o.optimizer, path, " was trained with --optimizer ", name, ", not ", o.optimizer);
    all.read("optimizer", state);
    state >> *optimizer;
  }
  model >> net;
  return epoch.toLong();
}

void run(const Options& o) {
  if (o.threads) lampas::set_num_threads(o.threads);
  // Everything that can be wrong with the input is found before anything is written.
  using MNIST = data::datasets::MNIST;
  MNIST train(o.data, MNIST::Mode::kTrain);
  const MNIST test(o.data, MNIST::Mode::kTest);
  lampas::manual_seed(o.seed);
  Net net;
  auto optimizer = make_optimizer(o, net);
  int64_t first = 0;
  if (!o.resume.empty()) {
    first = load_checkpoint(o.resume, net, optimizer.get(), o);
    lampas::check(first < o.epochs, o.resume, " has been trained for ", first, " epochs already; --epochs ", o.epochs,
                  " asks for no more");
  }
  std::filesystem::create_directories(o.out);
  const std::string checkpoint = o.out + "/model.safetensors";
  std::printf("lampas MNIST: %lld training and %lld test images, %d thread%s, %s, learning rate %g\n",
              static_cast<long long>(*train.size()), static_cast<long long>(*test.size()), lampas::get_num_threads(),
              lampas::get_num_threads() == 1 ? "" : "s", o.optimizer.c_str(), o.lr);

  const int64_t images = static_cast<int64_t>(*train.size());
  auto loader = data::make_data_loader(
      train.map(data::transforms::Normalize<>({kMean}, {kStd})).map(data::transforms::Stack<>()),
      data::DataLoaderOptions(static_cast<size_t>(o.batch_size)).workers(1).drop_last(images % o.batch_size == 1));
  const double steps = static_cast<double>((images + o.batch_size - 1) / o.batch_size);
  History history;
  Evaluation result;
  net->train();
  for (int64_t epoch = first; epoch < o.epochs; ++epoch) {
    Progress progress(epoch + 1, o.epochs, images);
    int64_t seen = 0, correct = 0, step = 0;
    double loss_sum = 0, recent = 0;
    for (auto& batch : *loader) {
      // The rate falls linearly to a fiftieth over the whole training.
      const double passed = static_cast<double>(epoch) + static_cast<double>(step) / steps;
      set_lr(*optimizer, o.lr * std::max(0.02, 1 - passed / static_cast<double>(o.epochs)));
      optimizer->zero_grad();
      const Tensor scores = net(batch.data), loss = F::nll_loss(scores, batch.target);
      loss.backward();
      optimizer->step();
      const int64_t n = batch.data.size(0);
      const double value = loss.item<double>();
      lampas::check(value == value, "the loss became NaN in epoch ", epoch + 1, "; try a smaller --lr than ", o.lr);
      seen += n;
      correct += scores.argmax(1).eq(batch.target).sum().item<int64_t>();
      loss_sum += value * static_cast<double>(n);
      recent += value;
      if (++step % 50 == 0) {
        history.train_loss.emplace_back(passed, recent / 50);
        recent = 0;
      }
      progress.update(seen, loss_sum / static_cast<double>(seen),
                      static_cast<double>(correct) / static_cast<double>(seen));
    }
    progress.finish(loss_sum / static_cast<double>(seen), static_cast<double>(correct) / static_cast<double>(seen));
    result = evaluate(net, test, 60);
    const double at = static_cast<double>(epoch + 1);
    history.test_loss.emplace_back(at, result.loss);
    history.test_accuracy.emplace_back(at, result.accuracy);
    std::printf("epoch %lld/%lld test loss %.4f, test accuracy %.2f%%, %.1f s\n", static_cast<long long>(epoch + 1),
                static_cast<long long>(o.epochs), result.loss, 100 * result.accuracy, progress.seconds());
    save_checkpoint(checkpoint, net, *optimizer, o, epoch + 1);
  }

  Net fresh;
  load_checkpoint(checkpoint, fresh, nullptr, o);
  const Evaluation again = evaluate(fresh, test, 0);
  std::printf("saved %s; reloaded into a fresh model: test accuracy %.2f%% (%s)\n", checkpoint.c_str(),
              100 * again.accuracy,
              again.accuracy == result.accuracy && again.loss == result.loss ? "identical" : "DIFFERENT");
  write_text(o.out + "/curves.svg", curves_svg(history));
  write_text(o.out + "/mistakes.svg", mistakes_svg(result.mistakes, result.wrong));
  std::printf("wrote %s/curves.svg and %s/mistakes.svg\n", o.out.c_str(), o.out.c_str());
  lampas::check(again.accuracy == result.accuracy, "the reloaded model's accuracy differs from the saved one's");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = parse_options(argc, argv);
    if (options.help) {
      std::fputs(kUsage, stdout);
      return 0;
    }
    run(options);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "mnist: %s\n", e.what());
    return 2;
  }
}
