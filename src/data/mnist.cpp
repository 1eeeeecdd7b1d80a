#include "lampas/data/datasets/mnist.h"

#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "lampas/data/datasets/tensor.h"
#include "lampas/data/transforms/tensor.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/shape.h"

namespace lampas::data {

namespace datasets {
namespace {

/// One IDX file (http://yann.lecun.com/exdb/mnist), plain or gzipped.
class IdxFile {
 public:
  IdxFile(const std::string& root, const char* name) {
    const std::string base = root.empty() || root.back() == '/' ? root + name : root + "/" + name;
    path_ = base;
    errno = 0;
    if (::access(base.c_str(), F_OK) != 0) path_ = base + ".gz";
    file_.reset(::gzopen(path_.c_str(), "rb"));
    if (!file_) {
      const int e = errno;
      fail("MNIST: cannot open ", base, " (or ", base, ".gz): ", e ? std::strerror(e) : "out of memory");
    }
    ::gzbuffer(file_.get(), 1 << 18);
  }
  uint32_t word() {
    unsigned char b[4];
    read(b, 4);
    return uint32_t{b[0]} << 24 | uint32_t{b[1]} << 16 | uint32_t{b[2]} << 8 | b[3];
  }
  void read(void* to, size_t n) {
    auto* p = static_cast<char*>(to);
    while (n) {
      const int k = ::gzread(file_.get(), p, static_cast<unsigned>(std::min<size_t>(n, 1u << 30)));
      if (k < 0) corrupt();
      check(k > 0, "MNIST: ", path_, " is truncated: ", n, " more bytes expected");
      p += k;
      n -= static_cast<size_t>(k);
    }
  }
  /// The file must end here; for gzip this also checks its checksum.
  void finish() {
    char extra;
    const int k = ::gzread(file_.get(), &extra, 1);
    if (k < 0) corrupt();
    int code = Z_OK;
    ::gzerror(file_.get(), &code);
    check(code != Z_BUF_ERROR, "MNIST: ", path_, " is truncated");
    check(k == 0, "MNIST: ", path_, " has bytes after its last element");
  }
  const std::string& path() const { return path_; }

 private:
  [[noreturn]] void corrupt() {
    int code;
    const char* what = ::gzerror(file_.get(), &code);
    if (code == Z_BUF_ERROR) fail("MNIST: ", path_, " is truncated");
    fail("MNIST: ", path_, " is corrupt: ", code == Z_ERRNO ? std::strerror(errno) : what);
  }
  struct Close {
    void operator()(gzFile f) const { ::gzclose(f); }
  };
  std::string path_;
  std::unique_ptr<std::remove_pointer_t<gzFile>, Close> file_;
};

constexpr uint32_t kImageMagic = 2051, kLabelMagic = 2049, kSide = 28;

Tensor read_images(const std::string& root, const char* name, int64_t count) {
  IdxFile f(root, name);
  const uint32_t magic = f.word();
  check(magic == kImageMagic, "MNIST: ", f.path(), " is not an IDX image file: magic number ", magic, ", expected ",
        kImageMagic);
  const uint32_t n = f.word(), rows = f.word(), cols = f.word();
  check(n == count, "MNIST: ", f.path(), " has ", n, " images, expected ", count);
  check(rows == kSide && cols == kSide, "MNIST: ", f.path(), " has images of ", rows, "x", cols, ", expected 28x28");
  Tensor bytes = empty({count, 1, kSide, kSide}, kByte);
  f.read(bytes.data_ptr(), static_cast<size_t>(bytes.numel()));
  f.finish();
  return bytes.to(kFloat).div_(255);
}

Tensor read_targets(const std::string& root, const char* name, int64_t count) {
  IdxFile f(root, name);
  const uint32_t magic = f.word();
  check(magic == kLabelMagic, "MNIST: ", f.path(), " is not an IDX label file: magic number ", magic, ", expected ",
        kLabelMagic);
  const uint32_t n = f.word();
  check(n == count, "MNIST: ", f.path(), " has ", n, " labels, expected ", count);
  Tensor bytes = empty({count}, kByte);
  auto* p = bytes.data_ptr<uint8_t>();
  f.read(p, static_cast<size_t>(count));
  f.finish();
  for (int64_t k = 0; k < count; ++k)
    check(p[k] <= 9, "MNIST: ", f.path(), ": label ", k, " is ", static_cast<int>(p[k]), ", expected 0 to 9");
  return bytes.to(kInt64);
}

}  // namespace

MNIST::MNIST(const std::string& root, Mode mode) : mode_(mode) {
  const bool train = mode == Mode::kTrain;
  const int64_t count = train ? 60000 : 10000;
  images_ = read_images(root, train ? "train-images-idx3-ubyte" : "t10k-images-idx3-ubyte", count);
  targets_ = read_targets(root, train ? "train-labels-idx1-ubyte" : "t10k-labels-idx1-ubyte", count);
}

Example<> MNIST::get(size_t index) {
  check_index(index < static_cast<size_t>(images_.size(0)), "MNIST: index ", index, " is out of range for ",
              images_.size(0), " examples");
  return {images_.select(0, static_cast<int64_t>(index)), targets_.select(0, static_cast<int64_t>(index))};
}

std::optional<size_t> MNIST::size() const { return static_cast<size_t>(images_.size(0)); }
bool MNIST::is_train() const noexcept { return mode_ == Mode::kTrain; }
const Tensor& MNIST::images() const { return images_; }
const Tensor& MNIST::targets() const { return targets_; }

}  // namespace datasets

namespace transforms::detail {
Tensor channel_values(ArrayRef<double> values) {
  check(!values.empty(), "Normalize: expected one value or one per channel, got none");
  Tensor t = empty({static_cast<int64_t>(values.size())}, kDouble);
  auto* p = t.data_ptr<double>();
  for (size_t k = 0; k < values.size(); ++k) p[k] = values[k];
  return t.reshape({static_cast<int64_t>(values.size()), 1, 1});
}
}  // namespace transforms::detail

}  // namespace lampas::data
