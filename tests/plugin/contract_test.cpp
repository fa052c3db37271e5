#include <catch2/catch.hpp>

#include "descent/base/pool.hpp"
#include "descent/plugin/loss.hpp"
#include "descent/plugin/metric.hpp"
#include "descent/plugin/optimizer.hpp"
#include "descent/plugin/registry.hpp"
#include "plugin/plugin_files.hpp"

using namespace plugin_test;
using descent::Batch;
using descent::Block;
using descent::Fields;
using descent::PluginKind;
using descent::Scalar;
using descent::Shape;
using descent::Tensor;
using descent::Value;
using descent::Variable;

namespace {

template <class Contract>
std::shared_ptr<Contract> make(PluginKind kind, const std::string& name,
                               const Value& section = Value::map()) {
  static descent::Registry registry;
  registry.add_folder(good);
  registry.add_folder(std::filesystem::path(DESCENT_BINARY_DIR) / "lib/descent/plugins");  // layers
  descent::Diagnostics diagnostics;
  auto object = registry.load(kind, name).create<Contract>(section, diagnostics);
  diagnostics.throw_if_any();
  return object;
}

descent::Overrides overrides_of(const char* name) {
  descent::Registry registry;
  registry.add_folder(good);
  return registry.load(PluginKind::optimizer, name).descriptor().overrides;
}

const Fields two_fields = {{.name = "x", .shape = {2}}, {.name = "label", .classes = 3}};

}  // namespace

TEST_CASE("a descriptor says which optional functions a rule overrides") {
  CHECK_FALSE(overrides_of("test_descent").begin);
  CHECK_FALSE(overrides_of("test_descent").settle);
  CHECK_FALSE(overrides_of("test_descent").probe);
  CHECK_FALSE(overrides_of("test_descent").evaluation_point);
  CHECK(overrides_of("test_accumulate").begin);
  CHECK(overrides_of("test_extragradient").probe);
  CHECK(overrides_of("test_ema").settle);
  CHECK(overrides_of("test_ema").evaluation_point);
  CHECK_FALSE(overrides_of("test_ema").probe);
}

TEST_CASE("a rule gets its block and its schedules, across the library's border") {
  const auto rule = make<descent::Optimizer>(PluginKind::optimizer, "test_descent",
                                             Value::map({{"learning_rate", Value::of(0.5), {}}}));
  Tensor update = Tensor::of({3}, {2, 4, -6});
  Block::Memory memory;
  memory.update = update.data();
  memory.size = 3;
  const descent::Step::State state;
  rule->apply(descent::Step(state), Block(memory));
  CHECK(update.to_doubles() == std::vector<double>{1, 2, -3});
}

TEST_CASE("the defaults of the optimizer contract") {
  const auto rule = make<descent::Optimizer>(PluginKind::optimizer, "test_descent");
  const descent::Parameter parameter;
  CHECK(rule->slots(parameter).empty());
  CHECK(rule->scalars().empty());
  CHECK(rule->accepts(parameter));
  CHECK(rule->granularity() == descent::Granularity::element);
  CHECK(rule->needs().norm == descent::Over::nothing);
  const descent::Step::State state;
  CHECK(rule->begin(descent::Step(state), {}) == descent::Verdict::proceed);
  Tensor value = Tensor::of({2}, {5, 6}), out = Tensor::zeros({2});
  Block::Memory memory;
  memory.value = value.data();
  memory.size = 2;
  rule->evaluation_point(descent::Step(state), Block(memory), {out.data(), 2});
  CHECK(out.to_doubles() == std::vector<double>{5, 6});
}

TEST_CASE("normal numbers do not depend on how a parameter is cut into blocks") {
  Block::Memory whole, second;
  whole.size = 512;
  whole.noise_key = 9;
  whole.step = 3;
  second = whole;
  second.size = 256;
  second.offset = 256;
  const descent::BlockArray all = Block(whole).normal(), part = Block(second).normal();
  CHECK((all.tail(256) == part).all());
  CHECK((all != Block(whole).normal(1)).any());
  second.size = 513;
  CHECK_THROWS_AS(Block(second).normal(), std::logic_error);
}

TEST_CASE("workspace is kept between calls while its shape stays") {
  std::vector<Tensor> kept(1);
  Block::Memory memory;
  memory.workspaces = kept;
  const Block block(memory);
  Tensor first = block.workspace(0, {4});
  first.fill(7);
  CHECK(block.workspace(0, {4}).shares_memory_with(first));
  CHECK(block.workspace(0, {2, 2}).shape() == Shape{2, 2});
  CHECK_THROWS_AS(block.workspace(1, {4}), std::logic_error);
}

TEST_CASE("a batch holds its fields at any size up to its capacity, in the same memory") {
  Batch batch(two_fields, 4);
  CHECK(batch.size() == 4);
  CHECK(batch["x"].shape() == Shape{4, 2});
  CHECK(batch["label"].shape() == Shape{4});
  const descent::Node* full = batch["x"].node();
  batch.rows("x").fill(3);
  batch.resize(3);
  CHECK(batch["x"].shape() == Shape{3, 2});
  CHECK(batch.rows("x").shape() == Shape{3, 2});
  CHECK(batch["x"].value().to_doubles() == std::vector<double>(6, 3.0));
  const descent::Node* three = batch["x"].node();
  batch.resize(3);
  CHECK(batch["x"].node() == three);
  batch.resize(4);
  CHECK(batch["x"].node() == full);
  CHECK(batch.has("label"));
  CHECK_FALSE(batch.has("image"));
  CHECK(error_of([&] { batch["labl"]; }) == "the data set has no field 'labl'; did you mean 'label'?");
  CHECK(error_of([&] { descent::find_field({}, "x"); }) == "there is no data set, and so no field 'x'");
  CHECK(batch.values({"label", "x"})[0].shape() == Shape{4});
  CHECK(batch.values({}).empty());
}

TEST_CASE("a batch that changes its size takes nothing more from the heap") {
  Batch batch(two_fields, 8);
  const auto round = [&] {
    for (const std::int64_t size : {8, 5, 5, 8, 1}) batch.resize(size);
  };
  round();
  const std::size_t before = descent::pool::usage().from_heap;
  for (int i = 0; i < 20; ++i) round();
  CHECK(descent::pool::usage().from_heap == before);
}

TEST_CASE("terms are set once each, by their declared names") {
  const std::vector<descent::TermSpec> specs = {{"first"}, {"second", false}};
  std::vector<descent::Terms::Slot> slots;
  for (const auto& spec : specs) slots.push_back({&spec, {}, 0});
  descent::Terms terms(slots);
  terms.set("first", Variable::scalar(2), 0.5);
  CHECK(slots[0].value.item() == 2);
  CHECK(slots[0].weight == 0.5);
  CHECK_THROWS_AS(terms.set("first", Variable::scalar(1)), std::logic_error);
  CHECK_THROWS_AS(terms.set("second", Variable()), std::logic_error);
  CHECK_THROWS_WITH(terms.set("secnd", Variable::scalar(1)), Catch::Contains("did you mean 'second'?"));
}

TEST_CASE("roles are found across the library's border, and missing ones named") {
  const auto model = make<descent::Model>(PluginKind::model, "test_pair");
  CHECK(descent::role<descent::AdversarialModel>(*model).fields() == std::vector<std::string>{"point"});
  CHECK(descent::role<descent::Generative>(std::as_const(*model)).condition_fields().empty());
  try {
    descent::role<descent::Predictor>(*model);
    FAIL("a pair is no predictor");
  } catch (const descent::RoleMismatch& mismatch) {
    CHECK(mismatch.role() == "Predictor");
  }
  const auto loss = make<descent::Loss>(PluginKind::loss, "test_bilinear");
  const descent::Registrar registrar;
  CHECK_THROWS_AS(loss->check(*model, registrar), descent::RoleMismatch);
  CHECK_NOTHROW(loss->check(*make<descent::Model>(PluginKind::model, "test_point"), registrar));
}

TEST_CASE("a finite and an endless data set fill the host's batches") {
  const auto table = make<descent::Dataset>(PluginKind::dataset, "test_table");
  table->open();
  Batch batch(table->fields(), 2);
  const std::vector<std::int64_t> indices = {3, 5};
  table->fill(descent::Split::train, indices, batch);
  CHECK(batch["x"].value().to_doubles() == std::vector<double>{3, -3, 5, -5});
  CHECK(batch["label"].value().to_doubles() == std::vector<double>{0, 2});
  CHECK(table->size(descent::Split::train) == 10);
  descent::RandomStream random(1);
  CHECK_THROWS_AS(table->sample(descent::Split::train, random, batch), std::logic_error);

  const auto mixture = make<descent::Dataset>(PluginKind::dataset, "test_mixture");
  mixture->open();
  CHECK_FALSE(mixture->size(descent::Split::train));
  Batch points(mixture->fields(), 64);
  mixture->sample(descent::Split::train, random, points);
  for (const double number : points["point"].value().to_doubles()) CHECK(std::abs(number) < 2);
  CHECK_THROWS_AS(mixture->fill(descent::Split::train, indices, points), std::logic_error);
  CHECK(descent::role<descent::Mixture>(*mixture).centers().shape() == Shape{2, 2});
}

TEST_CASE("an object with an option of every type is made from its defaults") {
  const Value section = Value::map({{"needed", Value::of(1), {}}});
  CHECK_NOTHROW(make<descent::Model>(PluginKind::model, "test_everything", section));
  CHECK_THROWS_WITH(make<descent::Model>(PluginKind::model, "test_everything"),
                    Catch::Contains("needs 'needed'"));
}

TEST_CASE("kinds and splits have names") {
  CHECK(std::string(descent::kind_name(PluginKind::dataset)) == "dataset");
  CHECK(std::string(descent::split_name(descent::Split::validation)) == "validation");
}
