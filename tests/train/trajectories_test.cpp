#include "trajectories.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <sstream>

#include "support/experiment_text.hpp"

namespace {

using namespace descent;

/// What an experiment says for a row of the tables.
struct Wording {
  std::string optimizer;
  std::string penalty = {};  // of the loss l2; empty: none
  double tolerance = 1e-10;
};

const std::map<std::string, Wording> wordings = {
    {"SGD lr=1e-3", {"{plugin: sgd, learning_rate: 1.0e-3}"}},
    {"SGD lr=1e-3 wd=0.1", {"{plugin: sgd, learning_rate: 1.0e-3}", "0.1"}},
    {"SGD lr=5e-4 momentum=.9", {"{plugin: sgd, learning_rate: 5.0e-4, momentum: 0.9}"}},
    {"SGD lr=5e-4 mom=.9 dampening=.5",
     {"{plugin: sgd, learning_rate: 5.0e-4, momentum: 0.9, dampening: 0.5}"}},
    {"SGD lr=5e-4 mom=.9 nesterov", {"{plugin: sgd, learning_rate: 5.0e-4, momentum: 0.9, nesterov: true}"}},
    {"Adagrad lr=.1", {"{plugin: adagrad, learning_rate: 0.1}"}},
    {"Adagrad lr=.1 lr_decay=.01",
     {"{plugin: adagrad, learning_rate: {schedule: inverse_time, from: 0.1, rate: 0.01}}"}},
    {"RMSprop lr=.01", {"{plugin: rmsprop, learning_rate: 0.01}"}},
    {"RMSprop lr=.01 centered", {"{plugin: rmsprop, learning_rate: 0.01, centered: true}"}},
    {"RMSprop lr=.001 mom=.9", {"{plugin: rmsprop, learning_rate: 0.001, momentum: 0.9}"}},
    {"RMSprop lr=.001 centered mom=.9",
     {"{plugin: rmsprop, learning_rate: 0.001, centered: true, momentum: 0.9}"}},
    {"Adadelta lr=1", {"{plugin: adadelta, learning_rate: 1.0}"}},
    {"Adam lr=.01", {"{plugin: adam, learning_rate: 0.01}"}},
    {"Adam lr=.01 wd=.1", {"{plugin: adam, learning_rate: 0.01}", "0.1"}},
    {"AdamW lr=.01 wd=.1", {"{plugin: adamw, learning_rate: 0.01, weight_decay: 0.1}"}},
    {"AMSGrad lr=.01", {"{plugin: amsgrad, learning_rate: 0.01}"}},
    {"Adam lr=.01 b=(.5,.9)", {"{plugin: adam, learning_rate: 0.01, beta1: 0.5, beta2: 0.9}"}},
    {"Adamax lr=.02", {"{plugin: adamax, learning_rate: 0.02}"}},
    {"NAdam lr=.01", {"{plugin: nadam, learning_rate: 0.01}"}},
    {"RAdam lr=1e-4", {"{plugin: radam, learning_rate: 1.0e-4}"}},
    {"RAdam lr=.01", {"{plugin: radam, learning_rate: 0.01}"}},
    {"Lion lr=.01", {"{plugin: lion, learning_rate: 0.01}"}},
    {"Lion lr=.01 wd=.1", {"{plugin: lion, learning_rate: 0.01, weight_decay: 0.1}"}},
    {"AdaBelief lr=.01 eps=eps_root=1e-16",
     {"{plugin: adabelief, learning_rate: 0.01, epsilon: 1.0e-16, epsilon_root: 1.0e-16}"}},
    {"Yogi lr=.01 eps=1e-3 m0=v0=1e-6",
     {"{plugin: yogi, learning_rate: 0.01, epsilon: 1.0e-3, initial_first_moment: 1.0e-6, "
      "initial_second_moment: 1.0e-6}"}},
};

struct Row {
  std::string name;
  std::vector<double> numbers;  // x and y after 1, 2, 10 and 100 steps, and the value after 100
};

std::vector<Row> rows_of(const char* table) {
  std::vector<Row> rows;
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    const auto end = line.find(" | ");
    Row row{line.substr(2, end - 2), {}};
    for (char& character : line)
      if (character == '|' || character == ',') character = ' ';
    std::istringstream numbers(line.substr(end));
    for (double number = 0; numbers >> number;) row.numbers.push_back(number);
    rows.push_back(std::move(row));
  }
  return rows;
}

struct Problem {
  std::string start, loss;
  double (*function)(double x, double y);
};

const Problem rosenbrock = {"[-1.2, 1.0]", "rosenbrock", [](double x, double y) {
                              return std::pow(1 - x, 2) + 100 * std::pow(y - x * x, 2);
                            }};
const Problem quadratic = {"[1.0, 1.0]", "{plugin: quadratic, curvature: [1.0, 10.0]}",
                           [](double x, double y) { return 0.5 * (x * x + 10 * y * y); }};

void follow(const Row& row, const Wording& wording, const Problem& problem) {
  INFO(row.name << ": " << wording.optimizer);
  REQUIRE(row.numbers.size() == 9);
  const std::string penalty =
      wording.penalty.empty() ? "" : ", {plugin: l2, weight: " + wording.penalty + "}";
  const auto training =
      testing::training_of("model: {plugin: point, start: " + problem.start + "}\nloss: [" + problem.loss +
                           penalty + "]\noptimizer: " + wording.optimizer + "\ntrainer: {steps: 100}\n");
  // In float the valley's walls amplify rounding.
  const double tolerance = sizeof(Scalar) == sizeof(double) ? wording.tolerance : 2e-3;
  std::size_t i = 0;
  std::vector<double> at;
  for (const int step : {1, 2, 10, 100}) {
    while (training->step() < step) training->play_step(false);
    at = testing::parameter(*training, "point.value");
    for (const double coordinate : at) {
      INFO("step " << step << ", number " << i);
      CHECK(coordinate == Approx(row.numbers[i]).epsilon(0).margin(tolerance));
      ++i;
    }
  }
  CHECK(problem.function(at[0], at[1]) ==
        Approx(row.numbers[8]).epsilon(std::max(tolerance, 1e-9)).margin(tolerance));
}

void follow_all(const char* table, const Problem& problem) {
  const std::vector<Row> rows = rows_of(table);
  CHECK(rows.size() == wordings.size() - 1);  // RAdam has a learning rate for each
  for (const Row& row : rows) follow(row, wordings.at(row.name), problem);
}

}  // namespace

TEST_CASE("every optimizer follows its published trajectory on Rosenbrock's function") {
  follow_all(rosenbrock_trajectories, rosenbrock);
}

TEST_CASE("every optimizer follows its published trajectory on a quadratic") {
  follow_all(quadratic_trajectories, quadratic);
}
