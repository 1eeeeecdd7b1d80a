#include "lampas/autograd/node.h"

#include <cctype>

#include "autograd/op.h"
#include "lampas/autograd/grad_mode.h"

namespace lampas {

namespace detail {
constinit thread_local ThreadState thread_state;

std::string node_name(const char* op) {
  std::string s;
  bool up = true;
  const char* p = op;
  for (; *p && *p != '.'; ++p) {
    if (*p == '_') {
      up = true;
    } else {
      const auto c = static_cast<unsigned char>(*p);
      s += static_cast<char>(up ? std::toupper(c) : c);
      up = std::isdigit(c) != 0;  // Log1P, MaxPool2D
    }
  }
  return s + "Backward" + (*p ? p + 1 : "0");
}

void freed_error(const char* op) {
  lampas::fail(
      op,
      ": trying to backward through the graph a second time (or directly access saved tensors after they have already "
      "been freed). Saved intermediate values of the graph are freed by backward() or grad(); pass retain_graph=true "
      "to "
      "keep them");
}

void InputShape::restore(Tensor& g) const {
  if (sizes) g = g.sum_to_size(*sizes);
  if (g.scalar_type() != dtype) g = g.to(dtype);
}
}  // namespace detail

bool GradMode::is_enabled() { return detail::thread_state.grad_wanted; }
void GradMode::set_enabled(bool on) {
  detail::thread_state.grad_wanted = on;
  detail::thread_state.grad_mode = on && !detail::inference_mode;
}

InferenceMode::InferenceMode(bool enabled) : previous_(detail::inference_mode), previous_grad_(GradMode::is_enabled()) {
  detail::inference_mode = enabled;
  GradMode::set_enabled(!enabled);
}
InferenceMode::~InferenceMode() {
  detail::inference_mode = previous_;
  GradMode::set_enabled(previous_grad_);
}
bool InferenceMode::is_enabled() { return detail::inference_mode; }

void SavedTensor::inference_error() {
  lampas::fail(
      "Inference tensors cannot be saved for backward. To work around you can make a clone to get a normal tensor and "
      "use "
      "it in autograd.");
}

void SavedTensor::modified(Node* self) const {
  const std::string node = self->name();
  lampas::fail("one of the variables needed for gradient computation has been modified by an inplace operation: ", node,
               ": a tensor ", tensor_, " saved for backward is at version ", tensor_.impl()->version(),
               "; expected version ", version_, " instead");
}

std::vector<Edge> Node::next_edges() const { return std::vector<Edge>(edges, edges + edge_count); }

Node::Node(uint32_t outputs, uint32_t edge_n, Edge* e, Tensor* s)
    : output_count(outputs), edge_count(edge_n), edges(e), slots(s), sequence(detail::thread_state.next_sequence++) {
  if (LAMPAS_UNLIKELY(detail::anomaly.enabled.load(std::memory_order_relaxed))) detail::trace_creation(*this);
}

Node::~Node() { delete extras; }

namespace {
struct DeadList {
  Node* head = nullptr;
  bool draining = false;
};
constinit thread_local DeadList dead;
}  // namespace

void Node::destroy(Node* n) noexcept {
  // A node owns its predecessors through edges and saved tensors: disposing recursively would overflow the stack on
  // long chains. Whatever dies while one is disposed of joins the list instead.
  n->next_dead = dead.head;
  dead.head = n;
  if (dead.draining) return;
  dead.draining = true;
  while (Node* next = dead.head) {
    dead.head = next->next_dead;
    next->dispose();
  }
  dead.draining = false;
}

}  // namespace lampas
