#include "op_table.h"

namespace op_table {
namespace {

using namespace lampas;

/// x, h, then the parameters of one or more layers and directions.
Tensors params_of(const Tensors& a, size_t from) { return Tensors(a.begin() + static_cast<int64_t>(from), a.end()); }
Tensors listed(std::tuple<Tensor, Tensor> r) { return {std::get<0>(r), std::get<1>(r)}; }
Tensors listed(std::tuple<Tensor, Tensor, Tensor> r) { return {std::get<0>(r), std::get<1>(r), std::get<2>(r)}; }

Case recurrent(std::string name, std::vector<std::vector<int64_t>> shapes, std::function<Tensors(const Tensors&)> fn) {
  return {std::move(name), std::move(shapes), std::move(fn), Domain::any, true, 1e-5, 1.3e-6, 12};
}

const Register layers({
    recurrent("rnn_tanh", {{3, 2, 3}, {1, 2, 2}, {2, 3}, {2, 2}, {2}, {2}},
              [](const Tensors& a) {
                return listed(rnn_tanh(a[0], a[1], params_of(a, 2), true, 1, 0, false, false, false));
              }),
    recurrent("rnn_relu bidirectional", {{2, 2, 3}, {2, 2, 2}, {2, 3}, {2, 2}, {2, 3}, {2, 2}},
              [](const Tensors& a) {
                return listed(rnn_relu(a[0], a[1], params_of(a, 2), false, 1, 0, false, true, true));
              }),
    recurrent("gru two layers", {{2, 2, 2}, {2, 2, 2}, {6, 2}, {6, 2}, {6}, {6}, {6, 2}, {6, 2}, {6}, {6}},
              [](const Tensors& a) {
                return listed(gru(a[0], a[1], params_of(a, 2), true, 2, 0, false, false, false));
              }),
    recurrent("gru packed bidirectional", {{5, 2}, {2, 3, 2}, {6, 2}, {6, 2}, {6, 2}, {6, 2}},
              [](const Tensors& a) {
                return listed(gru(a[0], tensor({3, 2}, kLong), a[1], params_of(a, 2), false, 1, 0, false, true));
              }),
    recurrent("lstm", {{3, 2, 2}, {1, 2, 2}, {1, 2, 2}, {8, 2}, {8, 2}, {8}, {8}},
              [](const Tensors& a) {
                return listed(lstm(a[0], {a[1], a[2]}, params_of(a, 3), true, 1, 0, false, false, false));
              }),
    recurrent(
        "lstm packed bidirectional projected",
        {{4, 2}, {2, 2, 1}, {2, 2, 2}, {8, 2}, {8, 1}, {8}, {8}, {1, 2}, {8, 2}, {8, 1}, {8}, {8}, {1, 2}},
        [](const Tensors& a) {
          return listed(lstm(a[0], tensor({2, 1, 1}, kLong), {a[1], a[2]}, params_of(a, 3), true, 1, 0, false, true));
        }),
    recurrent("lstm_cell", {{2, 3}, {2, 2}, {2, 2}, {8, 3}, {8, 2}, {8}, {8}},
              [](const Tensors& a) {
                return listed(lstm_cell(a[0], {a[1], a[2]}, a[3], a[4], a[5], a[6]));
              }),
    recurrent("gru_cell rnn_cells", {{2, 3}, {2, 2}, {6, 3}, {6, 2}, {2, 3}, {2, 2}},
              [](const Tensors& a) -> Tensors {
                return {gru_cell(a[0], a[1], a[2], a[3]), rnn_tanh_cell(a[0], a[1], a[4], a[5]),
                        rnn_relu_cell(a[0], a[1], a[4], a[5])};
              }),
    recurrent("lstm batch 0", {{3, 0, 2}, {1, 0, 2}, {1, 0, 2}, {8, 2}, {8, 2}, {8}, {8}},
              [](const Tensors& a) {
                return listed(lstm(a[0], {a[1], a[2]}, params_of(a, 3), true, 1, 0, false, false, false));
              }),
});

}  // namespace
}  // namespace op_table
