#include "descent/plugin/model.hpp"

#include <fmt/format.h>

#include "descent/base/error.hpp"

namespace descent {

Model::~Model() = default;
void Model::initialize(const Batch&, Pass&) {}

LatentVariableModel::~LatentVariableModel() = default;
AdversarialModel::~AdversarialModel() = default;
Predictor::~Predictor() = default;
Point::~Point() = default;

const Parameter& only_vector(const Point& point, std::string_view function) {
  if (point.vectors().size() != 1)
    throw Error(
        fmt::format("{} is a function of one vector, but the point has {}; start it as one list of "
                    "numbers",
                    function, point.vectors().size()));
  return *point.vectors()[0];
}

}  // namespace descent
