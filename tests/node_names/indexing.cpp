#include "node_names.h"

namespace node_names {

using namespace torch;
using namespace torch::indexing;

void Expressions::indexing() {
  NODE(a[1]);
  NODE(a.index({1}));
  NODE(a.index({Slice(1, 3)}));
  NODE(a.index({Slice(), 1}));
  NODE(a.index({None}));
  NODE(a.index({Ellipsis}));
  NODE(a.index({Slice(0, 2), Slice(1, 3)}));
  NODE(a.index({i}));
  NODE(a.index({i, l}));
  NODE(a.index({t}));
  NODE(a.index({Slice(), l}));
  NODE(a.index({1, l}));
  NODE(x.index({Ellipsis, 0, l}));
  NODE(a.index({true}));
  NODE(torch::index(a, {i}));
  NODE(a.clone().index_put_({i}, b));
  NODE(a.clone().index_put_({i}, k));
  NODE(a.clone().index_put_({i}, 2));
  NODE(a.clone().index_put_({t}, 2));
  NODE(a.clone().index_put_({t}, s));
  NODE(a.clone().index_put_({Slice(1, 2)}, 2));
  NODE(a.clone().index_put_({1}, v));
  NODE(a.index_put({i}, b));
  NODE(torch::index_put(a, {i}, b, true));
  NODE(k.clone().index_put_({i}, b));
  NODE(a.index_select(0, i));
  NODE(torch::index_select(a, 1, l));
  NODE(a.index_add(0, i, b));
  NODE(a.clone().index_add_(0, i, b));
  NODE(a.index_copy(0, i, b));
  NODE(a.clone().index_copy_(0, i, b));
  NODE(a.index_fill(0, i, 2));
  NODE(a.index_fill(0, i, s));
  NODE(a.index_fill(0, i, n));
  NODE(a.clone().index_fill_(0, i, 2));
  NODE(a.clone().index_fill_(0, i, s));
  NODE(a.index_reduce(0, i, b, "amax"));
  NODE(a.gather(0, j));
  NODE(torch::gather(a, 1, j));
  NODE(torch::take_along_dim(a, j, 0));
  NODE(torch::take_along_dim(a, j));
  NODE(a.take(i));
  NODE(a.put(i, h));
  NODE(a.clone().put_(i, h));
  NODE(a.scatter(0, j, b));
  NODE(a.scatter(0, j, 2));
  NODE(a.clone().scatter_(0, j, b));
  NODE(a.clone().scatter_(0, j, 2));
  NODE(a.scatter(0, j, k, "add"));
  NODE(a.scatter_add(0, j, b));
  NODE(a.clone().scatter_add_(0, j, b));
  NODE(a.scatter_reduce(0, j, b, "sum"));
  NODE(a.scatter_reduce(0, j, b, "mean"));
  NODE(a.scatter_reduce(0, j, b, "prod"));
  NODE(a.scatter_reduce(0, j, b, "amax"));
  NODE(a.clone().scatter_reduce_(0, j, b, "sum"));
  NODE(a.masked_fill(t, 2));
  NODE(a.masked_fill(t, n));
  NODE(a.masked_fill(t, s));
  NODE(a.clone().masked_fill_(t, 2));
  NODE(a.clone().masked_fill_(t, s));
  NODE(a.masked_select(t));
  NODE(torch::masked_select(a, t));
  NODE(a.masked_scatter(t, b));
  NODE(a.clone().masked_scatter_(t, b));
  NODE(torch::embedding(p, i));
  NODE(torch::one_hot(i));
  NODE(a.clone().fill_diagonal_(2));
  NODE(torch::sparse_coo_tensor(i.unsqueeze(0), h, {4}));
  NODE(torch::sparse_coo_tensor(i.unsqueeze(0), h, {4}).to_dense());
  NODE(torch::sparse_coo_tensor(i.unsqueeze(0), h, {4}).coalesce());
  NODE(torch::sparse_coo_tensor(i.unsqueeze(0), h, {4}).coalesce().values());
}

}  // namespace node_names
