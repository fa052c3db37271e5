#include "descent/conformance/made_up_batch.hpp"

#include "descent/base/random.hpp"

namespace descent::conformance {

Batch made_up_batch(const Fields& fields, std::int64_t size, const std::string& name) {
  Batch batch(fields, size);
  batch.resize(size);
  for (const Field& field : fields) {
    Tensor rows = batch.rows(field.name);
    RandomStream random(stream_key(1, "conformance/" + name + "/" + field.name));
    if (field.classes > 0) {
      for (std::int64_t i = 0; i < rows.size(); ++i) rows.data()[i] = static_cast<Scalar>(i % field.classes);
    } else if (field.low < field.high) {
      random.uniform(rows.data(), rows.size());
      for (Scalar& number : rows.values())
        number = static_cast<Scalar>(field.low + (field.high - field.low) * static_cast<double>(number));
    } else {
      random.normal(rows.data(), rows.size());
    }
  }
  return batch;
}

}  // namespace descent::conformance
