#include "lampas/nn/summary.h"

#include <algorithm>
#include <map>
#include <ostream>

#include "lampas/autograd/grad_mode.h"
#include "nn/module_access.h"

namespace lampas::nn {

namespace {

/// "torch::nn::Conv2dImpl" -> "Conv2d"
std::string short_type(const Module& m) {
  std::string s = m.name();
  const size_t colon = s.rfind("::");
  if (colon != std::string::npos && s.find('<') == std::string::npos) s = s.substr(colon + 2);
  if (s.size() > 4 && s.compare(s.size() - 4, 4, "Impl") == 0) s.resize(s.size() - 4);
  return s;
}

int64_t bytes_of(const std::vector<Tensor*>& tensors) {
  int64_t total = 0;
  for (const Tensor* t : tensors)
    if (t->defined()) total += static_cast<int64_t>(t->nbytes());
  return total;
}

std::vector<std::vector<int64_t>> shapes_of(const std::vector<Tensor*>& tensors) {
  std::vector<std::vector<int64_t>> shapes;
  for (const Tensor* t : tensors)
    shapes.push_back(t->defined() ? std::vector<int64_t>(t->sizes().begin(), t->sizes().end())
                                  : std::vector<int64_t>());
  return shapes;
}

/// Products summed in one call: every matrix or filter of the module meets every position of its output (a transposed
/// convolution's of its input, a recurrent weight every step of its input).
int64_t mult_adds_of(const Module& m, const std::vector<Tensor*>& in, const std::vector<Tensor*>& out) {
  const std::string type = short_type(m);
  if (in.empty() || out.empty() || type.find("Embedding") != std::string::npos) return 0;
  const Tensor &x = *in[0], &y = *out[0];
  if (!x.defined() || !y.defined()) return 0;
  const bool transposed = type.find("ConvTranspose") != std::string::npos;
  int64_t total = 0;
  for (const auto& p : detail::ModuleAccess::parameters(m)) {
    if (!p->defined() || p->dim() < 2) continue;
    const std::string& key = p.key();
    if (key.rfind("weight_", 0) == 0) {
      const int64_t features = std::max<int64_t>(x.size(-1), 1);
      total += p->numel() * (x.numel() / features);
    } else if (key.rfind("weight", 0) == 0 || key == "in_proj_weight") {
      const Tensor& positions = transposed ? x : y;
      const int64_t channels = p->size(0);
      if (channels > 0) total += p->numel() * (positions.numel() / channels);
    }
  }
  return total;
}

}  // namespace

int64_t count_parameters(const Module& module, bool trainable_only) {
  int64_t n = 0;
  for (const Tensor& p : module.parameters())
    if (!trainable_only || p.requires_grad()) n += p.numel();
  return n;
}

namespace detail {

Tensor summary_input(const Module& module, IntArrayRef sizes) {
  TensorOptions options(kFloat);
  for (const Tensor& p : module.parameters())
    if (p.is_floating_point()) {
      options = p.options();
      break;
    }
  return zeros(sizes, options);
}

EvalScope::EvalScope(Module& root) : grad_(GradMode::is_enabled()), root_(root), root_mode_(root.is_training()) {
  GradMode::set_enabled(false);
  for (const auto& m : root.modules(/*include_self=*/false)) modes_.get().emplace_back(m, m->is_training());
  root.eval();
}
EvalScope::~EvalScope() {
  // A module sets its submodules' modes, too: parents first, so that each ends with its own.
  root_.train(root_mode_);
  for (const auto& [m, on] : modes_.get()) m->train(on);
  GradMode::set_enabled(grad_);
}

struct SummaryWatch::State {
  Summary summary;
  std::vector<RemovableHandle> handles;
};

SummaryWatch::SummaryWatch(Module& root) : state_(new State) {
  Summary& s = state_->summary;
  std::vector<Module*> modules;
  root.apply([&](const std::string& path, Module& m) {
    Summary::Row row;
    row.name = path;
    row.type = short_type(m);
    row.depth = path.empty() ? 0 : 1 + std::count(path.begin(), path.end(), '.');
    for (const Tensor& p : m.parameters(/*recurse=*/false)) {
      row.parameters += p.numel();
      if (p.requires_grad()) row.trainable += p.numel();
    }
    s.rows.push_back(std::move(row));
    modules.push_back(&m);
  });
  for (const Tensor& p : root.parameters()) {
    s.total_parameters += p.numel();
    if (p.requires_grad()) s.trainable_parameters += p.numel();
    s.parameter_bytes += static_cast<int64_t>(p.nbytes());
  }
  for (size_t k = 0; k < modules.size(); ++k)
    state_->handles.push_back(modules[k]->register_forward_hook(
        [k, state = state_.get()](Module& m, std::vector<AnyValue>& inputs, AnyValue& output) {
          Summary::Row& row = state->summary.rows[k];
          std::vector<Tensor*> in;
          for (AnyValue& v : inputs)
            for (Tensor* t : v.tensors()) in.push_back(t);
          const std::vector<Tensor*> out = output.tensors();
          row.input_shapes = shapes_of(in);
          row.output_shapes = shapes_of(out);
          ++row.calls;
          const int64_t work = mult_adds_of(m, in, out);
          row.mult_adds += work;
          state->summary.total_mult_adds += work;
          if (ModuleAccess::children(m).is_empty()) state->summary.activation_bytes += bytes_of(out);
        }));
}

SummaryWatch::~SummaryWatch() {
  for (RemovableHandle& handle : state_->handles) handle.remove();
}

Summary SummaryWatch::take(const std::vector<Tensor>& inputs) {
  for (const Tensor& t : inputs) state_->summary.input_bytes += static_cast<int64_t>(t.nbytes());
  return state_->summary;
}

}  // namespace detail

namespace {

std::string with_commas(int64_t n) {
  std::string digits = std::to_string(n);
  for (int64_t k = static_cast<int64_t>(digits.size()) - 3; k > 0; k -= 3) digits.insert(static_cast<size_t>(k), ",");
  return digits;
}
std::string megabytes(int64_t bytes) {
  const int64_t hundredths = (bytes + 5000) / 10000;
  const std::string part = std::to_string(hundredths % 100);
  return std::to_string(hundredths / 100) + "." + (part.size() < 2 ? "0" : "") + part + " MB";
}
std::string shape_text(const std::vector<std::vector<int64_t>>& shapes) {
  std::string s;
  for (const auto& shape : shapes) s += (s.empty() ? "" : ", ") + str(shape);
  return s.empty() ? "--" : s;
}
std::string padded(std::string s, size_t width, bool right = false) {
  if (s.size() < width) s.insert(right ? 0 : s.size(), width - s.size(), ' ');
  return s;
}

}  // namespace

std::ostream& detail::operator<<(std::ostream& stream, const Summary& summary) {
  std::vector<std::array<std::string, 4>> cells{{{"Layer", "Output shape", "Parameters", "Mult-adds"}}};
  for (const Summary::Row& row : summary.rows) {
    const size_t dot = row.name.rfind('.');
    const std::string leaf = dot == std::string::npos ? row.name : row.name.substr(dot + 1);
    const std::string label =
        std::string(static_cast<size_t>(2 * row.depth), ' ') + (leaf.empty() ? "" : leaf + ": ") + row.type;
    cells.push_back({label, shape_text(row.output_shapes), row.parameters ? with_commas(row.parameters) : "--",
                     row.mult_adds ? with_commas(row.mult_adds) : "--"});
  }
  std::array<size_t, 4> width{};
  for (const auto& line : cells)
    for (size_t c = 0; c < 4; ++c) width[c] = std::max(width[c], line[c].size());
  const std::string rule(width[0] + width[1] + width[2] + width[3] + 6, '-');
  for (size_t k = 0; k < cells.size(); ++k) {
    std::string line = padded(cells[k][0], width[0]) + "  " + padded(cells[k][1], width[1]) + "  " +
                       padded(cells[k][2], width[2], true) + "  " + padded(cells[k][3], width[3], true);
    stream << line << '\n';
    if (k == 0) stream << rule << '\n';
  }
  stream << rule << '\n'
         << "Parameters: " << with_commas(summary.total_parameters) << " (" << with_commas(summary.trainable_parameters)
         << " trainable)\nMult-adds: " << with_commas(summary.total_mult_adds)
         << "\nInput: " << megabytes(summary.input_bytes) << ", activations: " << megabytes(summary.activation_bytes)
         << ", parameters: " << megabytes(summary.parameter_bytes) << '\n';
  return stream;
}

}  // namespace lampas::nn
