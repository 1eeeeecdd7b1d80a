#include "training.h"

#include <cmath>
#include <cstdio>
#include <filesystem>

#include "progress.h"

namespace {

using lampas::Tensor;
namespace nn = lampas::nn;
namespace F = lampas::nn::functional;

/// Mean loss in nats per character.
double evaluate(LanguageModel& model, const Streams& text) {
  lampas::NoGradGuard no_grad;
  model.eval();
  model.restart();
  double sum = 0;
  for (int64_t k = 0; k < text.windows(); ++k) {
    const auto window = text[k];
    const Tensor scores = model.scores(window.input);
    sum += F::cross_entropy(scores.flatten(0, 1), window.target.reshape({-1})).item<double>();
  }
  model.train();
  return sum / static_cast<double>(text.windows());
}

/// Scales the gradients so that, taken as one vector, they are no longer than `most`.
void clip_gradients(const std::vector<Tensor>& parameters, double most) {
  double sum = 0;
  for (const Tensor& p : parameters)
    if (p.grad().defined()) sum += p.grad().square().sum().item<double>();
  const double factor = most / (std::sqrt(sum) + 1e-6);
  if (factor < 1)
    for (const Tensor& p : parameters)
      if (p.grad().defined()) p.mutable_grad().mul_(factor);
}

void save(const std::string& path, LanguageModel& model, const Vocabulary& vocabulary) {
  lampas::serialize::OutputArchive all, weights;
  weights << model;
  all.write("model", weights);
  all.write("characters", vocabulary.joined());
  all.save_to(path);
}

void load_weights(const std::string& path, LanguageModel& model) {
  lampas::serialize::InputArchive all, weights;
  all.load_from(path);
  all.read("model", weights);
  weights >> model;
}

Vocabulary load_vocabulary(const std::string& path) {
  lampas::serialize::InputArchive all;
  all.load_from(path);
  std::string characters;
  all.read("characters", characters);
  return Vocabulary(characters);
}

void write_sample(LanguageModel& model, const Vocabulary& vocabulary, const Options& o) {
  lampas::NoGradGuard no_grad;
  model.eval();
  model.restart();
  Tensor text = vocabulary.encode(o.prompt);
  std::string written = o.prompt;
  int64_t fresh = text.numel();
  for (int64_t k = 0; k < o.sample; ++k) {
    const Tensor p = lampas::softmax(model.next(text, fresh).to(lampas::kDouble).div(o.temperature), 0);
    const Tensor chosen = p.multinomial(1);
    written += vocabulary[chosen.item<int64_t>()];
    text = lampas::cat({text, chosen});
    fresh = 1;
  }
  std::printf("---- %lld characters at temperature %g ----\n%s\n", static_cast<long long>(o.sample), o.temperature,
              written.c_str());
}

void train(const Options& o, std::shared_ptr<LanguageModel> (*make)(const Options&, int64_t)) {
  // Everything that can be wrong with the input is found before anything is written.
  const std::string text = read_text(o.data);
  const Vocabulary vocabulary(text);
  const Tensor numbers = vocabulary.encode(text);
  vocabulary.encode(o.prompt);
  const int64_t held_out = numbers.numel() / 20, learned = numbers.numel() - held_out;
  const Streams training(numbers.narrow(0, 0, learned), o.batch_size, o.steps),
      validation(numbers.narrow(0, learned, held_out), std::min<int64_t>(o.batch_size, 16), o.steps);
  lampas::manual_seed(o.seed);
  const auto model = make(o, vocabulary.size());
  const auto parameters = model->parameters();
  int64_t count = 0;
  for (const Tensor& p : parameters) count += p.numel();
  lampas::optim::Adam adam(parameters, lampas::optim::AdamOptions(o.lr));
  std::filesystem::create_directories(o.out);
  const std::string path = o.out + "/model.safetensors";
  const int64_t windows = o.limit ? std::min(o.limit, training.windows()) : training.windows();
  std::printf("%lld characters of text, %lld different; %lld parameters, %d thread%s\n",
              static_cast<long long>(numbers.numel()), static_cast<long long>(vocabulary.size()),
              static_cast<long long>(count), lampas::get_num_threads(), lampas::get_num_threads() == 1 ? "" : "s");

  double result = 0;
  for (int64_t epoch = 0; epoch < o.epochs; ++epoch) {
    Progress progress(epoch + 1, o.epochs, windows, o.batch_size * o.steps);
    model->restart();
    double sum = 0;
    for (int64_t k = 0; k < windows; ++k) {
      const double passed = static_cast<double>(epoch * windows + k) / static_cast<double>(o.epochs * windows);
      for (auto& group : adam.param_groups()) group.options().set_lr(o.lr * (1 - 0.95 * passed));
      const auto window = training[k];
      adam.zero_grad();
      const Tensor scores = model->scores(window.input);
      const Tensor loss = F::cross_entropy(scores.flatten(0, 1), window.target.reshape({-1}));
      loss.backward();
      clip_gradients(parameters, o.clip);
      adam.step();
      const double value = loss.item<double>();
      lampas::check(value == value, "the loss became NaN in epoch ", epoch + 1, "; try a smaller --lr than ", o.lr);
      sum += value;
      progress.update(k + 1, sum / static_cast<double>(k + 1));
    }
    progress.finish(sum / static_cast<double>(windows));
    result = evaluate(*model, validation);
    std::printf("epoch %lld/%lld validation loss %.4f, perplexity %.3f, %.3f bits per character, %.1f s\n",
                static_cast<long long>(epoch + 1), static_cast<long long>(o.epochs), result, std::exp(result),
                result / std::log(2.0), progress.seconds());
    save(path, *model, vocabulary);
  }
  const auto fresh = make(o, vocabulary.size());
  load_weights(path, *fresh);
  const double again = evaluate(*fresh, validation);
  std::printf("saved %s; reloaded into a fresh model: validation loss %.4f (%s)\n", path.c_str(), again,
              again == result ? "identical" : "DIFFERENT");
  write_sample(*fresh, vocabulary, o);
  lampas::check(again == result, "the reloaded model's loss differs from the saved one's");
}

}  // namespace

int run_example(int argc, char** argv, const char* program, const Options& defaults,
                std::shared_ptr<LanguageModel> (*make)(const Options&, int64_t)) {
  try {
    const Options o = parse_options(argc, argv, defaults);
    if (o.help) {
      std::fputs(usage(program, defaults).c_str(), stdout);
      return 0;
    }
    if (o.threads) lampas::set_num_threads(o.threads);
    if (o.load.empty()) {
      train(o, make);
      return 0;
    }
    const Vocabulary vocabulary = load_vocabulary(o.load);
    lampas::manual_seed(o.seed);
    const auto model = make(o, vocabulary.size());
    load_weights(o.load, *model);
    write_sample(*model, vocabulary, o);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", program, e.what());
    return 2;
  }
}
