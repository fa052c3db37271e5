#include <fmt/format.h>

#include "descent/conformance/optimizer_checks.hpp"
#include "descent/conformance/option_effects.hpp"
#include "descent/conformance/rule_trial.hpp"
#include "descent/conformance/scratch_file.hpp"
#include "descent/conformance/synthetic_gradients.hpp"
#include "descent/run/state.hpp"

namespace descent::conformance {

namespace {

struct Layout {
  std::int64_t threads;
  long block_size;  // 0: the runner's own
  const char* name;
};
constexpr Layout layouts[] = {{1, 0, "played a second time"}, {2, 0, "on 2 threads"},
                              {3, 0, "on 3 threads"},         {1, 16, "in blocks of 16"},
                              {1, 48, "in blocks of 48"},     {1, 512, "in blocks of 512"}};

// More than one thread's share of one parameter (8192 numbers), and no multiple of a block.
constexpr std::int64_t long_vector = 20003;

std::vector<double> state_after(const Subject& subject, const Layout& layout, std::int64_t steps) {
  const auto training =
      play(subject, mixed_problem(long_vector), {.section = subject.options, .threads = layout.threads});
  if (layout.block_size > 0)
    for (auto& runner : training->runners()) runner->set_block_size(layout.block_size);
  play_steps(*training, steps);
  return whole_state(*training);
}

}  // namespace

Finding same_bits_for_threads_and_blocks(const Subject& subject) {
  constexpr std::int64_t steps = 12;
  const std::vector<double> expected = state_after(subject, {1, 0, ""}, steps);
  for (const Layout& layout : layouts) {
    const std::vector<double> found = state_after(subject, layout, steps);
    if (const auto place = first_difference(expected, found))
      return failed(fmt::format("{}: {} instead of {} (number {} of values and slots after {} steps)",
                                layout.name, found.at(*place), expected.at(*place), *place, steps));
  }
  return passed("1, 2 and 3 threads; blocks of 16, 48, 128 and 512 numbers");
}

Finding goes_on_from_saved_state(const Subject& subject) {
  constexpr std::int64_t half = 7;
  const ScratchFile file("state.h5");
  for (const Problem& problem : {convergence_problem("logistic_regression"), mixed_problem(40)}) {
    const RuleTrial trial{.section = subject.options, .batch_size = problem.has_data ? 24 : all_examples};
    const auto whole = play(subject, problem, trial);
    play_steps(*whole, half);
    run::save_state(*whole, {}, file.path);
    play_steps(*whole, half);
    const auto second = play(subject, problem, trial);
    run::load_state(*second, file.path);
    play_steps(*second, half);
    const std::vector<double> expected = whole_state(*whole), found = whole_state(*second);
    if (const auto place = first_difference(expected, found))
      return failed(fmt::format(
          "{}: {} steps, saved, and {} more in a new training differ from {} steps in one: {} instead of {}; "
          "does the rule keep something in itself instead of in slots and scalars?",
          problem.name, half, half, 2 * half, found.at(*place), expected.at(*place)));
  }
  return passed(fmt::format("{0} steps + {0} steps after loading are {1} steps", half, 2 * half));
}

Finding rule_options_have_effects(const Subject& subject) {
  const std::vector<Problem> problems = {convergence_problem("logistic_regression"), mixed_problem(40),
                                         convergence_problem("game")};
  return options_have_effects(subject, [&](const Value& section) {
    std::vector<double> all;
    for (const Problem& problem : problems) {
      const auto training =
          play(subject, problem, {.section = section, .batch_size = problem.has_data ? 24 : all_examples});
      play_steps(*training, 50);
      all.push_back(static_cast<double>(training->step()));
      const std::vector<double> values = visible_values(*training);
      all.insert(all.end(), values.begin(), values.end());
    }
    return all;
  });
}

Finding takes_nothing_from_heap(const Subject& subject) {
  if (!subject.count_allocations) return not_applicable("this program cannot count allocations");
  constexpr std::int64_t updates = 30;
  const auto training = play(subject, mixed_problem(600), {.section = subject.options});
  SyntheticGradients gradients(*training);
  gradients.update();
  const long count = subject.count_allocations([&] {
    for (std::int64_t i = 0; i < updates; ++i) gradients.update();
  });
  if (count > 0)
    return failed(
        fmt::format("{} allocations in the {} updates after the first; a rule's temporaries are "
                    "BlockArray and Block::workspace()",
                    count, updates));
  return passed(fmt::format("0 allocations in the {} updates after the first", updates));
}

}  // namespace descent::conformance
