#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "descent/autograd/values.hpp"
#include "descent/nn/distributions.hpp"
#include "descent/nn/network.hpp"
#include "descent/nn/parameter.hpp"
#include "descent/nn/pass.hpp"
#include "descent/plugin/data.hpp"
#include "descent/plugin/export.hpp"
#include "descent/plugin/likelihood.hpp"
#include "descent/plugin/named_outputs.hpp"
#include "descent/plugin/options.hpp"
#include "descent/plugin/role.hpp"

namespace descent {

/// Owns parameters in named groups and maps inputs to outputs. What a loss can ask of it are the roles that it
/// derives from as well.
class DESCENT_API Model {
 public:
  virtual ~Model();
  /// Registers parameters and buffers; shapes follow from the data set's fields (none without a data set). Players
  /// take their turns in the order in which the model registers their groups. Throws Error when a field it needs
  /// is missing.
  virtual void build(const Fields& fields, Registrar& registrar) = 0;
  /// Called once, with the first training batch, after the parameters have their first values: starts that
  /// depend on data. May write parameter values.
  virtual void initialize(const Batch& first, Pass& pass);
  /// Everything that the model computes from a batch, by name and with the shapes it promises: what the
  /// conformance suite checks. By default, what the SDK's roles that it plays give; a model with a role of its
  /// own adds its functions: `outputs.add("score", score(batch["image"], pass), {batch.size()})`.
  virtual void outputs(const Batch& batch, Pass& pass, NamedOutputs& outputs);
};

/// Which number a generated example shows for each element.
enum class Show {
  mean,   ///< of the distribution; a sample where there is none in data space, as for classes
  sample  ///< drawn from it, from the stream `data`
};

/// Makes new data: all that the host asks of a model for samples and `descent generate`. Inherited virtually, so that
/// a model may play two roles that are generative.
class DESCENT_API Generative {
 public:
  static constexpr const char* role_name = "Generative";
  virtual ~Generative();
  /// The fields that it makes, in the order of Values.
  virtual const std::vector<std::string>& fields() const = 0;
  /// The fields of the condition, in the order of y; none by default. The host makes y for samples: of classes, each
  /// in turn, of other fields, rows of the data.
  virtual const std::vector<std::string>& condition_fields() const;
  /// Whether there is anything for draw_latent() to draw from: a prior, or a sampler that was set.
  virtual bool can_draw() const { return true; }
  /// The latent points (batch, n) of examples x, each (batch, …), to which `descent fit-sampler` fits a distribution
  /// after training; undefined by default: there are none.
  virtual Variable codes(const Values& x, const Values& y, Pass& pass);
  /// draw_latent() draws from `sampler`, a distribution over one row (1, n), instead of what it drew from so far; null:
  /// as it did. Only models that have codes() are given one.
  virtual void set_sampler(DistributionPtr sampler);
  /// Latent points (count, latent…) from the stream `latent`, for the condition y (count, …).
  virtual Variable draw_latent(std::int64_t count, const Values& y, Pass& pass) = 0;
  /// Latent points (count, latent…) -> fields in data space, each (count, …).
  virtual Values from_latent(const Variable& z, const Values& y, Show show, Pass& pass) = 0;
};

/// Encodes to a distribution over a latent space and decodes from it. The latent point is always one variable
/// (batch, latent…): a model with several stochastic layers concatenates them.
class DESCENT_API LatentVariableModel : public virtual Generative {
 public:
  static constexpr const char* role_name = "LatentVariableModel";
  ~LatentVariableModel() override;
  /// Of one example.
  virtual Shape latent_shape() const = 0;
  /// p(z), or p(z | y), over (rows, latent…): standard normal by default. Null: there is none, and new data need a
  /// sampler that was fitted after training; such a model's can_draw() is has_sampler().
  virtual DistributionPtr prior(std::int64_t rows, const Values& y, Pass& pass);
  /// x, each (batch, …), undefined where a field is missing -> q(z | x) over (batch, latent…).
  virtual DistributionPtr encode(const Values& x, const Values& y, Pass& pass) = 0;
  /// z (batch, latent…) -> p(x | z) over (batch, …); a Joint of several fields.
  virtual DistributionPtr decode(const Variable& z, const Values& y, Pass& pass) = 0;

  /// The means of q(z | x), flat; samples where it has no closed mean.
  Variable codes(const Values& x, const Values& y, Pass& pass) override;
  void set_sampler(DistributionPtr sampler) override { sampler_ = std::move(sampler); }
  /// Drawn from the prior, or from the sampler that was set. Throws Error where there is neither.
  Variable draw_latent(std::int64_t count, const Values& y, Pass& pass) override;
  /// The means of what is decoded, or samples of it.
  Values from_latent(const Variable& z, const Values& y, Show show, Pass& pass) override;

 protected:
  bool has_sampler() const { return sampler_ != nullptr; }

 private:
  DistributionPtr sampler_;
};

/// What a discriminator says of a batch; rows are those of the batch, or, packed, of every `packing` examples.
struct DiscriminatorOutput {
  Variable logits;         ///< (rows): that the examples are real
  Variable features = {};  ///< (rows, …): of the layer that says `tap: true`, or the input of the last one
  Variable classes = {};   ///< (rows, classes): logits of an auxiliary classifier; undefined without one
};

/// A generator, which is what Generative asks for, and a discriminator.
class DESCENT_API AdversarialModel : public virtual Generative {
 public:
  static constexpr const char* role_name = "AdversarialModel";
  ~AdversarialModel() override;
  /// x, each (batch, …) -> what the discriminator says of it.
  virtual DiscriminatorOutput discriminate(const Values& x, const Values& y, Pass& pass) = 0;
  /// How many examples the discriminator sees as one. Lin et al., PacGAN, 2018, section 3.
  virtual std::int64_t packing() const { return 1; }
  /// Whether the discriminator's result for one example depends on the others of the batch in training, as with batch
  /// normalization.
  virtual bool discriminator_mixes_examples() const { return false; }
  /// The parameter groups of the two players.
  virtual std::string generator_group() const { return "generator"; }
  virtual std::string discriminator_group() const { return "discriminator"; }
};

/// Maps inputs to predictions: class logits or regression values.
class DESCENT_API Predictor {
 public:
  static constexpr const char* role_name = "Predictor";
  virtual ~Predictor();
  /// x, each (batch, …) -> (batch, outputs) for each target.
  virtual Values predict(const Values& x, Pass& pass) = 0;
  /// x, each (batch, …) -> what the predictions are made from, (batch, …): the result of the layer that says `tap: true`, or
  /// the input of the last one. By default that of a `tap: true` layer; throws Error where there is none.
  virtual Variable features(const Values& x, Pass& pass);
  virtual const std::vector<std::string>& input_fields() const = 0;
  virtual const std::vector<std::string>& target_fields() const = 0;
};

/// Free parameter vectors: the model of toy functions and toy games.
class DESCENT_API Point {
 public:
  static constexpr const char* role_name = "Point";
  virtual ~Point();
  /// The vectors in the order of their groups, each (dimensions).
  virtual const std::vector<Parameter*>& vectors() const = 0;
};

/// A batch must be a multiple of this many examples: the packing of an adversarial model, 1 for every other.
DESCENT_API std::int64_t examples_at_once(const Model& model);

/// The vector (dimensions) of a point, for functions of one; throws Error where there are several. `function`
/// is what the message calls them.
DESCENT_API const Parameter& only_vector(const Point& point, std::string_view function);

}  // namespace descent

/// Registers a model: `DESCENT_MODEL(Vae, "vae", "variational autoencoder (Kingma and Welling, 2014)")`.
#define DESCENT_MODEL(CLASS, NAME, SUMMARY) DESCENT_PLUGIN(::descent::Model, model, CLASS, NAME, SUMMARY)
