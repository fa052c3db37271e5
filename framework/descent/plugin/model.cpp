#include "descent/plugin/model.hpp"

namespace descent {

Model::~Model() = default;
void Model::initialise(const Batch&, Pass&) {}

LatentVariableModel::~LatentVariableModel() = default;
AdversarialModel::~AdversarialModel() = default;
Predictor::~Predictor() = default;
Point::~Point() = default;

}  // namespace descent
