#pragma once

#include <utility>

#include "lampas/data/datasets/base.h"

namespace lampas::data::datasets {

namespace detail {
template <bool stateful, class Transform>
struct MappedBatch {
  using type = typename Transform::OutputBatchType;
};
template <class Transform>
struct MappedBatch<true, Transform> {
  using type = std::optional<typename Transform::OutputBatchType>;
};
}  // namespace detail

/// A source dataset whose batches pass through a transform.
template <class Source, class Transform>
class MapDataset : public BatchDataset<MapDataset<Source, Transform>,
                                       typename detail::MappedBatch<Source::is_stateful, Transform>::type,
                                       typename Source::BatchRequestType> {
 public:
  using DatasetType = Source;
  using TransformType = Transform;
  using BatchRequestType = typename Source::BatchRequestType;
  using OutputBatchType = typename detail::MappedBatch<Source::is_stateful, Transform>::type;

  MapDataset(Source dataset, Transform transform) : dataset_(std::move(dataset)), transform_(std::move(transform)) {}
  OutputBatchType get_batch(BatchRequestType request) override {
    if constexpr (Source::is_stateful) {
      if (auto batch = dataset_.get_batch(std::move(request))) return transform_.apply_batch(std::move(*batch));
      return std::nullopt;
    } else {
      return transform_.apply_batch(dataset_.get_batch(std::move(request)));
    }
  }
  std::optional<size_t> size() const noexcept override { return dataset_.size(); }
  /// Datasets with state of their own are reset between epochs.
  void reset() { dataset_.reset(); }
  const Source& dataset() noexcept { return dataset_; }
  const Transform& transform() noexcept { return transform_; }

 private:
  Source dataset_;
  Transform transform_;
};

template <class D, class T>
MapDataset<D, T> map(D dataset, T transform) {
  static_assert(std::is_same_v<typename std::conditional_t<D::is_stateful, typename D::BatchType,
                                                           std::optional<typename D::BatchType>>::value_type,
                               typename T::InputBatchType>,
                "map: the transform's input type differs from the dataset's batch type");
  return {std::move(dataset), std::move(transform)};
}

}  // namespace lampas::data::datasets
