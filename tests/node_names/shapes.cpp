#include "node_names.h"

namespace node_names {

using namespace torch;

void Expressions::shapes() {
  NODE(a.view({4, 3}));
  NODE(a.view({-1}));
  NODE(a.view_as(k));
  NODE(a.reshape({4, 3}));
  NODE(a.t().reshape({12}));
  NODE(a.reshape_as(k));
  NODE(a.reshape({3, 4}));
  NODE(a.flatten());
  NODE(a.t().flatten());
  NODE(x.flatten(1));
  NODE(x.unflatten(2, {2, 2}));
  NODE(a.ravel());
  NODE(a.t().ravel());
  NODE(a.t());
  NODE(v.t());
  NODE(a.transpose(0, 1));
  NODE(a.transpose(0, 0));
  NODE(a.swapaxes(0, 1));
  NODE(a.swapdims(0, 1));
  NODE(a.permute({1, 0}));
  NODE(torch::movedim(x, 0, 2));
  NODE(torch::moveaxis(x, {0, 1}, {1, 0}));
  NODE(a.numpy_T());
  NODE(a.mT());
  NODE(a.mH());
  NODE(x.mT());
  NODE(a.adjoint());
  NODE(a.expand({2, 3, 4}));
  NODE(a.expand_as(torch::ones({2, 3, 4})));
  NODE(torch::broadcast_to(a, {2, 3, 4}));
  NODE(torch::broadcast_tensors({a, x}));
  NODE(a.unsqueeze(0));
  NODE(a.unsqueeze(0).squeeze());
  NODE(a.unsqueeze(0).squeeze(0));
  NODE(a.squeeze());
  NODE(a.squeeze(0));
  NODE(a.clone().t_());
  NODE(a.clone().transpose_(0, 1));
  NODE(a.clone().swapdims_(0, 1));
  NODE(a.clone().unsqueeze_(0));
  NODE(a.clone().unsqueeze(0).squeeze_());
  NODE(a.clone().unsqueeze(0).squeeze_(0));
  NODE(a.clone().as_strided_({2, 2}, {1, 2}));
  NODE(a.as_strided({2, 2}, {1, 2}));
  NODE(a.select(0, 1));
  NODE(a.slice(0, 1, 3));
  NODE(a.narrow(0, 1, 2));
  NODE(a.narrow_copy(0, 1, 2));
  NODE(torch::select(a, 0, 1));
  NODE(torch::slice(a, 1, 0, 4, 2));
  NODE(m.diagonal());
  NODE(m.diagonal(1));
  NODE(torch::linalg_diagonal(m));
  NODE(m.diag());
  NODE(v.diag());
  NODE(torch::diag_embed(a));
  NODE(torch::diagflat(a));
  NODE(m.tril());
  NODE(m.triu(1));
  NODE(m.clone().tril_());
  NODE(m.clone().triu_());
  NODE(a.unfold(1, 2, 1));
  NODE(a.split(2));
  NODE(a.split(2, 1));
  NODE(a.split_with_sizes({1, 2}));
  NODE(torch::split(a, {1, 2}, 0));
  NODE(torch::unsafe_split(a, 2));
  NODE(torch::unsafe_split_with_sizes(a, {1, 2}));
  NODE(torch::unsafe_chunk(a, 2));
  NODE(a.chunk(2, 1));
  NODE(torch::tensor_split(a, 2, 1));
  NODE(torch::hsplit(a, 2));
  NODE(torch::vsplit(a, {1}));
  NODE(a.unbind());
  NODE(a.unbind(1));
  NODE(torch::cat({a, b}));
  NODE(torch::cat({a, k}, 1));
  NODE(torch::cat({k, b, c}, 1));
  NODE(torch::cat({a}));
  NODE(torch::concat({a, b}));
  NODE(torch::stack({a, b}));
  NODE(torch::stack({a, k, b}, 2));
  NODE(torch::hstack({a, b}));
  NODE(torch::vstack({a, b}));
  NODE(torch::dstack({a, b}));
  NODE(torch::row_stack({v, u}));
  NODE(torch::column_stack({v, u}));
  NODE(torch::block_diag({a, b}));
  NODE(torch::cartesian_prod({v, u}));
  NODE(torch::combinations(v));
  NODE(torch::meshgrid({v, u}, "ij"));
  NODE(torch::atleast_1d(s));
  NODE(torch::atleast_2d(v));
  NODE(torch::atleast_3d(v));
  NODE(torch::atleast_3d(a));
  NODE(a.repeat({2, 1}));
  NODE(torch::tile(a, {2}));
  NODE(torch::repeat_interleave(a, 2));
  NODE(torch::repeat_interleave(a, 2, 1));
  NODE(torch::repeat_interleave(a, torch::tensor({1, 2, 1}), 0));
  NODE(a.roll(1));
  NODE(a.roll(1, 0));
  NODE(a.roll({1, 1}, {0, 1}));
  NODE(a.flip(0));
  NODE(a.fliplr());
  NODE(a.flipud());
  NODE(a.rot90());
  NODE(a.rot90(2));
  NODE(torch::rot90(a, 3));
  NODE(torch::vander(k.select(0, 0)));
  NODE(torch::slice_scatter(a, b.slice(0, 1, 2), 0, 1, 2));
  NODE(torch::select_scatter(a, v, 0, 1));
  NODE(torch::diagonal_scatter(m, v));
  NODE(torch::as_strided_scatter(a, torch::ones({2, 2}), {2, 2}, {1, 2}));
  NODE(torch::channel_shuffle(f, 2));
  NODE(torch::pixel_shuffle(f, 2));
  NODE(torch::pixel_unshuffle(f, 2));
  NODE(torch::im2col(f, {2, 2}, {1, 1}, {0, 0}, {1, 1}));
  NODE(torch::col2im(torch::rand({2, 16, 49}).requires_grad_().tan(), {8, 8}, {2, 2}, {1, 1}, {0, 0}, {1, 1}));
  NODE(a.unbind()[1].mul(2));
  // in-place writes to views
  NODE([&] {
    auto base = a.clone();
    base.select(0, 1).mul_(2);
    return base;
  }());
  NODE([&] {
    auto base = a.clone();
    auto view = base.select(0, 1);
    view.mul_(2);
    return view;
  }());
  NODE([&] {
    auto base = a.clone();
    auto view = base.view({12});
    base.mul_(2);
    return view;
  }());
  NODE([&] {
    auto base = a.clone();
    auto view = base.slice(0, 1, 3).t();
    view.copy_(b.slice(0, 0, 2).t());
    return view;
  }());
  NODE([&] {
    auto base = a.clone();
    auto view = base.unsqueeze(0);
    base.add_(b);
    return view;
  }());
  NODE([&] {
    auto base = a.clone();
    auto view = base.expand({3, 4});
    base.add_(b);
    return view;
  }());
  NODE([&] {
    auto base = a.clone();
    auto view = base.permute({1, 0});
    base.add_(b);
    return view;
  }());
  NODE([&] {
    auto base = torch::zeros({3, 4});
    base.index_put_({1}, v);
    return base;
  }());
  NODE([&] {
    auto base = torch::zeros({3, 4});
    base[1] = v;
    return base;
  }());
}

}  // namespace node_names
