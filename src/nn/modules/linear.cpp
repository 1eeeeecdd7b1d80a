#include "lampas/nn/modules/linear.h"

#include <cmath>
#include <ostream>

#include "lampas/nn/functional/linear.h"
#include "lampas/nn/init.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/fold.h"
#include "lampas/ops/shape.h"
#include "ops/defined.h"

namespace lampas::nn {

void IdentityImpl::reset() {}
void IdentityImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Identity()"; }
Tensor IdentityImpl::forward(const Tensor& input) { return input; }

LinearImpl::LinearImpl(int64_t in_features, int64_t out_features)
    : LinearImpl(LinearOptions(in_features, out_features)) {}
LinearImpl::LinearImpl(const LinearOptions& options_) : options(options_) { LinearImpl::reset(); }

void LinearImpl::reset() {
  check(options.in_features() >= 0 && options.out_features() >= 0, "Linear: in_features (", options.in_features(),
        ") and out_features (", options.out_features(), ") must not be negative");
  weight = register_parameter("weight", empty({options.out_features(), options.in_features()}));
  if (options.bias())
    bias = register_parameter("bias", empty(options.out_features()));
  else
    bias = register_parameter("bias", Tensor(), /*requires_grad=*/false);
  reset_parameters();
}

void LinearImpl::reset_parameters() {
  init::kaiming_uniform_(weight, std::sqrt(5.0));
  if (!bias.defined()) return;
  const auto fan_in = std::get<0>(init::_calculate_fan_in_and_fan_out(weight));
  const double bound = fan_in > 0 ? 1 / std::sqrt(static_cast<double>(fan_in)) : 0;
  init::uniform_(bias, -bound, bound);
}

void LinearImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::Linear(in_features=" << options.in_features() << ", out_features=" << options.out_features()
         << ", bias=" << (options.bias() ? "true" : "false") << ')';
}

Tensor LinearImpl::forward(const Tensor& input) { return functional::linear(input, weight, bias); }

BilinearImpl::BilinearImpl(int64_t in1_features, int64_t in2_features, int64_t out_features)
    : BilinearImpl(BilinearOptions(in1_features, in2_features, out_features)) {}
BilinearImpl::BilinearImpl(const BilinearOptions& options_) : options(options_) { BilinearImpl::reset(); }

void BilinearImpl::reset() {
  check(options.in1_features() > 0, "Bilinear: in1_features must be > 0, but got ", options.in1_features());
  check(options.in2_features() >= 0 && options.out_features() >= 0, "Bilinear: in2_features (", options.in2_features(),
        ") and out_features (", options.out_features(), ") must not be negative");
  weight =
      register_parameter("weight", empty({options.out_features(), options.in1_features(), options.in2_features()}));
  if (options.bias())
    bias = register_parameter("bias", empty(options.out_features()));
  else
    bias = register_parameter("bias", Tensor(), /*requires_grad=*/false);
  reset_parameters();
}

void BilinearImpl::reset_parameters() {
  const double bound = 1 / std::sqrt(static_cast<double>(options.in1_features()));
  init::uniform_(weight, -bound, bound);
  if (bias.defined()) init::uniform_(bias, -bound, bound);
}

void BilinearImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::Bilinear(in1_features=" << options.in1_features() << ", in2_features=" << options.in2_features()
         << ", out_features=" << options.out_features() << ", bias=" << (options.bias() ? "true" : "false") << ')';
}

Tensor BilinearImpl::forward(const Tensor& input1, const Tensor& input2) {
  return bilinear(input1, input2, weight, bias);
}

FlattenImpl::FlattenImpl(const FlattenOptions& options_) : options(options_) {}
void FlattenImpl::reset() {}
void FlattenImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::Flatten(start_dim=" << options.start_dim() << ", end_dim=" << options.end_dim() << ')';
}
Tensor FlattenImpl::forward(const Tensor& input) { return flatten(input, options.start_dim(), options.end_dim()); }

UnflattenOptions::UnflattenOptions(std::string dimname, namedshape_t namedshape) : dimname_(std::move(dimname)) {
  namedshape_.get() = std::move(namedshape);
}
UnflattenOptions::UnflattenOptions(const char* dimname, namedshape_t namedshape)
    : UnflattenOptions(std::string(dimname), std::move(namedshape)) {}
UnflattenImpl::UnflattenImpl(int64_t dim, std::vector<int64_t> sizes)
    : UnflattenImpl(UnflattenOptions(dim, std::move(sizes))) {}
UnflattenImpl::UnflattenImpl(std::string dimname, UnflattenOptions::namedshape_t namedshape)
    : UnflattenImpl(UnflattenOptions(std::move(dimname), std::move(namedshape))) {}
UnflattenImpl::UnflattenImpl(UnflattenOptions options_) : options(std::move(options_)) {}
void UnflattenImpl::reset() {}
void UnflattenImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::Unflatten(dim=";
  if (options.dimname().empty()) {
    stream << options.dim() << ", unflattened_size={";
    for (size_t k = 0; k < options.sizes().size(); ++k) stream << (k ? ", " : "") << options.sizes()[k];
  } else {
    stream << '"' << options.dimname() << "\", unflattened_size={";
    for (size_t k = 0; k < options.namedshape().size(); ++k)
      stream << (k ? ", " : "") << "{\"" << options.namedshape()[k].first << "\", " << options.namedshape()[k].second
             << '}';
  }
  stream << "})";
}
Tensor UnflattenImpl::forward(const Tensor& input) {
  check_defined("Unflatten", input);
  if (options.dimname().empty()) return unflatten(input, options.dim(), options.sizes());
  std::vector<Dimname> names;
  std::vector<int64_t> sizes;
  for (const auto& [name, size] : options.namedshape()) {
    names.push_back(Dimname::fromSymbol(Symbol::dimname(name)));
    sizes.push_back(size);
  }
  return input.unflatten(Dimname::fromSymbol(Symbol::dimname(options.dimname())), sizes, names);
}

}  // namespace lampas::nn
