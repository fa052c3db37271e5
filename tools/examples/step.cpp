// Takes ten steps of an experiment and prints what each player minimizes. Neither a run directory nor a log is made.
//
//   step experiments/gan_ring.yaml trainer.batch_size=64

#include <cstdio>
#include <descent/train/training.hpp>
#include <exception>
#include <memory>
#include <utility>

int main(int count, char** arguments) try {
  if (count < 2) {
    std::fputs("usage: step EXPERIMENT.yaml [key=value]...\n", stderr);
    return 2;
  }
  // It holds the plugins, so it outlives what is made of them.
  descent::Registry registry;
  registry.add_standard_folders();

  descent::experiment::Experiment experiment =
      descent::experiment::load_experiment(arguments[1], registry, {{arguments + 2, arguments + count}});
  const std::unique_ptr<descent::train::Training> training = descent::train::assemble(std::move(experiment));

  for (int step = 1; step <= 10; ++step) {
    training->play_step();
    std::printf("step %d:", step);
    for (const descent::train::GamePlayer& player : training->game().players())
      std::printf("  %s %.17g", player.name.c_str(), player.objective);
    std::printf("\n");
  }
  return 0;
} catch (
    const std::exception& error) {  // such as descent::Error, which lists every mistake of the experiment
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
