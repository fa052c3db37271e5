#pragma once

#include <string>
#include <string_view>

#include "descent/nn/distributions.hpp"
#include "descent/nn/network.hpp"
#include "descent/nn/parameter.hpp"
#include "descent/nn/pass.hpp"
#include "descent/plugin/data.hpp"
#include "descent/plugin/export.hpp"
#include "descent/plugin/options.hpp"
#include "descent/plugin/role.hpp"

namespace descent {

/// Owns parameters in named groups and maps inputs to outputs. What a loss can ask of it are the roles it
/// derives from as well.
class DESCENT_API Model {
 public:
  virtual ~Model();
  /// Registers parameters and buffers; shapes follow from the data set's fields (none without a data set).
  /// Throws Error when a field it needs is missing.
  virtual void build(const Fields& fields, Registrar& registrar) = 0;
  /// Called once, with the first training batch, after the parameters have their first values: starts that
  /// depend on data. May write parameter values.
  virtual void initialize(const Batch& first, Pass& pass);
};

/// Encodes to a distribution over a latent space and decodes from it. `y` is an undefined Variable for models
/// that take no condition.
class DESCENT_API LatentVariableModel {
 public:
  static constexpr const char* role_name = "LatentVariableModel";
  virtual ~LatentVariableModel();
  /// x (batch, …) -> q(z | x) over (batch, latent…).
  virtual DiagonalNormal encode(const Variable& x, const Variable& y, Pass& pass) = 0;
  /// z (batch, latent…) -> the parameters of p(x | z), (batch, …) like x: logits of a Bernoulli likelihood,
  /// means of a Gaussian one.
  virtual Variable decode(const Variable& z, const Variable& y, Pass& pass) = 0;
  /// Of one example.
  virtual Shape latent_shape() const = 0;
  /// The data set's field that it models.
  virtual std::string modeled_field() const = 0;
  /// The field of the condition, or empty.
  virtual std::string condition_field() const { return ""; }
};

/// A generator and a discriminator.
class DESCENT_API AdversarialModel {
 public:
  static constexpr const char* role_name = "AdversarialModel";
  virtual ~AdversarialModel();
  /// z (batch, latent…) -> samples (batch, …) like the modeled field.
  virtual Variable generate(const Variable& z, const Variable& y, Pass& pass) = 0;
  /// x (batch, …) -> logits that x is real: (batch).
  virtual Variable discriminate(const Variable& x, const Variable& y, Pass& pass) = 0;
  virtual Shape latent_shape() const = 0;
  virtual std::string modeled_field() const = 0;
  virtual std::string condition_field() const { return ""; }
  /// The parameter groups of the two players.
  virtual std::string generator_group() const { return "generator"; }
  virtual std::string discriminator_group() const { return "discriminator"; }
};

/// Maps inputs to predictions: class logits or regression values.
class DESCENT_API Predictor {
 public:
  static constexpr const char* role_name = "Predictor";
  virtual ~Predictor();
  /// x (batch, …) -> (batch, outputs).
  virtual Variable predict(const Variable& x, Pass& pass) = 0;
  virtual std::string input_field() const = 0;
  virtual std::string target_field() const = 0;
};

/// Free parameter vectors: the model of toy functions and toy games.
class DESCENT_API Point {
 public:
  static constexpr const char* role_name = "Point";
  virtual ~Point();
  /// The vectors in the order of their groups, each (dimensions).
  virtual const std::vector<Parameter*>& vectors() const = 0;
};

/// The vector (dimensions) of a point, for functions of one; throws Error where there are several. `function`
/// is what the message calls them.
DESCENT_API const Parameter& only_vector(const Point& point, std::string_view function);

}  // namespace descent

/// Registers a model: `DESCENT_MODEL(Vae, "vae", "variational autoencoder (Kingma and Welling, 2014)")`.
#define DESCENT_MODEL(CLASS, NAME, SUMMARY) DESCENT_PLUGIN(::descent::Model, model, CLASS, NAME, SUMMARY)
