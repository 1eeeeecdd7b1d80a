#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lampas/tensor/tensor.h"

namespace lampas {

struct Node;
struct NodeExtras;  // src/autograd/meta.h: hooks
class BackwardRun;  // src/autograd/engine.cpp
using NodePtr = IntrusivePtr<Node>;
using variable_list = std::vector<Tensor>;

/// Where a gradient goes next: gradient number `input_nr` of `function`. Invalid where none is needed.
struct Edge {
  NodePtr function;
  uint32_t input_nr = 0;
  bool is_valid() const { return bool(function); }
};

/// One step of the backward graph. Receives the gradients of an op's outputs and produces those of its inputs.
/// Pending counts and gradient slots live here, so the engine needs no maps; destruction of a chain never recurses.
struct LAMPAS_API Node {
  RefCount refs;
  uint32_t output_count;  // gradients received: one for each output of the forward op
  uint32_t edge_count;    // gradients produced: one for each input
  Edge* edges;            // edge_count of them, owned by the concrete node
  Tensor* slots;          // output_count of them: gradients summed so far; owned by the concrete node
  uint64_t sequence;      // creation order on the creating thread

  Node(uint32_t outputs, uint32_t edge_n, Edge* e, Tensor* s);
  Node(const Node&) = delete;
  virtual ~Node();

  virtual std::string name() const = 0;
  /// Reads the output gradients `g[output_count]` (undefined where none arrived; not all are), writes the input
  /// gradients `out[edge_count]` for which `needs[k]`; may leave any undefined (zero).
  virtual void run(Tensor* g, const bool* needs, Tensor* out) = 0;
  /// Frees what was saved for backward.
  virtual void release_saved() {}
  /// Leaves accumulate instead of passing on.
  virtual bool is_accumulate() const { return false; }

  uint64_t sequence_nr() const { return sequence; }
  uint32_t num_inputs() const { return output_count; }
  uint32_t num_outputs() const { return edge_count; }
  const Edge& next_edge(size_t i) const { return edges[i]; }
  std::vector<Edge> next_edges() const;
  NodePtr getptr() { return NodePtr(this); }

  void retain() noexcept { refs.increment(); }
  void release() noexcept {
    if (refs.decrement()) destroy(this);
  }
  /// Destroys `n` and whatever it was the last owner of, iteratively.
  static void destroy(Node* n) noexcept;

  // Engine state of the backward run that claimed the node.
  std::atomic<BackwardRun*> claim{nullptr};
  int32_t pending = 0;
  uint32_t cursor = 0;           // the edge a depth-first walk takes next
  bool needed = false;           // leads to a target
  bool leaves_out_zeros = true;  // what run() leaves undefined is zero; a user's function may mean that there is none
  Node* next_dead = nullptr;
  NodeExtras* extras = nullptr;  // owned

 protected:
  /// How the concrete node gives its memory back (destructor included).
  virtual void dispose() noexcept = 0;
};

}  // namespace lampas
