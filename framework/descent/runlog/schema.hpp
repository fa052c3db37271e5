#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/config/value.hpp"
#include "descent/tensor/shape.hpp"

/// # The log: `log.h5`
///
/// One HDF5 file per run, in the format of HDF5 1.10, read with `h5py.File(path)`, or with `swmr=True` while
/// it is written. Everything in it is declared before the first step; afterwards datasets only grow along
/// their first dimension. Strings have fixed length, UTF-8, filled up with zeros.
///
/// - `/`: attributes `schema` (`descent.log`), `schema_version`, `run_id`, `status` (16 bytes), the
///   provenance.
/// - `/experiment/yaml`: the resolved experiment. `/experiment/plugins`: a table of the plugins in
///   use, with the members kind, name, version, path and sha256. The attribute `crc32c` of both is
///   the CRC-32C of their bytes.
/// - `/metrics/SET/step`: int64 `[n]`, the dimension scale of its set and **the commit mark**:
///   readers look at it first, take `n = len(step)` rows of every column, and ignore what lies
///   behind.
/// - `/metrics/SET/wall_time`: float64 `[n]`, seconds since the run began. The 16 lowest bits of each number
///   are a check of the others: the lowest of the CRC-32C of its little-endian bytes with zeros in their
///   place.
/// - `/metrics/SET/COLUMN`: float64 `[n]`, with the attributes `name`, `units`, `long_name` (name and unit, as on a
///   plot's axis), `direction` (`higher` or `lower`: what is better; empty: neither) and, where there is something to say,
///   `description`, `note` and `scale` (`log`). NaN is a measured NaN.
/// - `/metrics/SET/row_checksum`: uint32 `[n]`, CRC-32C of the row: of the little-endian bytes of the
///   columns that its attribute `columns` lists, in that order: all but the time, which
///   has its own and never goes back.
/// - `/tensors/PATH`: scalars `[k, d0, d1, ...]`, one chunk per snapshot. Histograms are int64 `[k,
///   bins]`, of equally wide bins between two limits, with `/tensors/PATH_limits`: float64 `[k, 2]`.
/// - `/tensors/PATH_step`: int64 `[k]`, dimension scale and commit mark.
///   `/tensors/PATH_row_checksum`: uint32 `[k]`, CRC-32C of the bytes of step and snapshot, and of
///   the limits behind them.
/// - `/samples/PATH`: likewise. Images carry the HDF5 image attributes.
/// - `/samples/PATH_sheet`: of images, a virtual dataset `[k, rows·height, columns·width, 3]` that shows each snapshot as
///   one picture in true colors (detail/image_sheet.hpp). It stores no numbers.
///
/// A metric's name may hold slashes, which would be groups in HDF5 and unseen by xarray: the column of
/// `loss/elbo.kl` is `loss.elbo.kl`, and its attribute `name` says `loss/elbo.kl`. All dimensions of a
/// dataset have scales, or none has: the extents of snapshots are netCDF dimensions without values.
///
/// NeXus viewers are led by `NX_class`, `default`, `signal` and `axes` to the first column of the first set, which they draw
/// with the columns that `auxiliary_signals` lists. `SILX_style` asks for a logarithmic axis. In a group of series they
/// show the first one, of samples the first sheet of images, at the snapshot that `default_slice` names: the last one, once
/// the log is closed.
namespace descent::runlog {

/// The version this library writes, and the newest it reads.
inline constexpr std::int64_t log_schema_version = 1;

/// What every metric set has beside its metrics.
inline constexpr const char* own_columns[] = {"step", "wall_time", "row_checksum"};

/// Whether a measure of a metric may be called so: it becomes a column of the metric's set.
DESCENT_API bool is_measure_name(std::string_view name);

struct MetricColumn {
  std::string name;
  std::string unit;            ///< empty: a pure number
  std::string description;     ///< a sentence for people; empty: the name says it all
  std::string direction = {};  ///< `higher` or `lower` is better; empty: neither
  std::string note = {};       ///< what the numbers depend on besides model and data; usually nothing
  bool beside_first = false;   ///< viewers draw it in one plot with the set's first column
  bool logarithmic = false;    ///< viewers draw it on a logarithmic axis
  std::string dataset =
      {};  ///< its dataset, where that is not column_name(name), as in logs of early builds of 0.2
};

/// Columns of one cadence and one owner: `train`, `validation.mode_coverage`.
struct MetricSet {
  std::string name;
  std::vector<MetricColumn> columns;  ///< viewers show the first one
};

/// Snapshots of scalars: values, gradients, updates, slots, samples.
struct TensorSeries {
  std::string path;  ///< below `/tensors` or `/samples`; may hold slashes: `generator.0.weight/value`
  Shape shape;       ///< of one snapshot
  std::vector<std::string> dimensions = {};  ///< a word for each extent, or none
  std::string description = {};
  bool compress = false;  ///< gzip 1 with shuffle
  /// Images, for samples: the shape is (count, height, width), or (count, height, width, 3) for colors, of
  /// values between `minimum` and `maximum`.
  bool image = false;
  double minimum = 0;
  double maximum = 1;
};

/// Counts of values in equally wide bins.
struct HistogramSeries {
  std::string path;  ///< below `/tensors`: `generator.0.weight/gradient_histogram`
  std::int64_t bins = 64;
  std::string description = {};
};

/// A plugin that takes part in the run.
struct PluginRow {
  std::string kind, name, version, path, sha256;
  bool operator==(const PluginRow&) const = default;
};

/// Everything a log will hold, declared before the first row.
struct LogSchema {
  std::string run_id;
  /// Attributes of the root, in this order: a map of texts, numbers, booleans and lists of texts (git commit,
  /// host, CPU, compiler, flags, threads, argv).
  Value provenance = Value::map();
  std::string experiment;  ///< the resolved YAML
  std::vector<PluginRow> plugins;
  std::vector<MetricSet> sets;
  std::vector<TensorSeries> tensors;
  std::vector<HistogramSeries> histograms;
  std::vector<TensorSeries> samples;

  /// Throws Error that lists every name that is not allowed or taken twice, and every shape that a log cannot
  /// hold.
  DESCENT_API void check() const;
};

/// The dataset of a metric: its name with dots for slashes, and with an underscore behind a name by which NeXus viewers take
/// a dataset for part of another's plot, such as `title` or `loss_errors`.
DESCENT_API std::string column_name(std::string_view metric);
/// The same for a column of a log, which may be an older one.
DESCENT_API std::string column_name(const MetricColumn& column);
/// A path of samples, or a column of another table, with the same underscore.
DESCENT_API std::string unreserved_name(std::string_view path);
/// What a plot's axis says of a metric: `reverse_kl (nat)`.
DESCENT_API std::string axis_label(const MetricColumn& column);

}  // namespace descent::runlog
