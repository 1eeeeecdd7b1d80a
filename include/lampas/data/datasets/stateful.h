#pragma once

#include <optional>
#include <vector>

#include "lampas/data/datasets/base.h"
#include "lampas/serialize/archive.h"

namespace lampas::data::datasets {

/// A dataset that keeps its own place: `get_batch` gives nothing once it is exhausted, `reset` starts over. `save` and
/// `load` keep the place.
template <class Self, class Batch = std::vector<Example<>>, class Request = size_t>
class StatefulDataset : public BatchDataset<Self, std::optional<Batch>, Request> {
 public:
  virtual void reset() = 0;
  virtual void save(serialize::OutputArchive& archive) const = 0;
  virtual void load(serialize::InputArchive& archive) = 0;
};

template <class S, class B, class R>
serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const StatefulDataset<S, B, R>& dataset) {
  dataset.save(archive);
  return archive;
}
template <class S, class B, class R>
serialize::InputArchive& operator>>(serialize::InputArchive& archive, StatefulDataset<S, B, R>& dataset) {
  dataset.load(archive);
  return archive;
}

}  // namespace lampas::data::datasets
