#pragma once

#include <atomic>
#include <memory>
#include <string>

namespace lampas {

struct Node;

/// Where a node was made, for anomaly mode; `parent` is the node whose backward made it.
struct CreationTrace {
  std::string text;
  std::string parent_name;
  std::shared_ptr<const CreationTrace> parent;
};

namespace detail {

struct Anomaly {
  std::atomic<bool> enabled{false}, check_nan{true};
};
extern Anomaly anomaly;
/// The node whose backward runs on this thread, in anomaly mode.
extern constinit thread_local Node* anomaly_evaluating;

/// Remembers where `n`, just constructed, is made.
void trace_creation(Node& n);
/// Warns that `n` failed and tells where it and its parents were made.
void warn_failed(const Node& n);

}  // namespace detail
}  // namespace lampas
