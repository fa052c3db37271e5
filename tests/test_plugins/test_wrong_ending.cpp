#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <thread>
#include <vector>

#include <descent/plugin/optimizer.hpp>

namespace {

enum class Ending {
  none,
  segfault,
  hang,
  closed,
  memory,
  exit,
  orphan,
  heir,
  nan,
  fault,
  divide,
  abort,
  uncaught,
  overflow,
  session,
  copy
};

/// Gradient descent whose process comes to a bad end at the fifth update.
class WrongEnding final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<WrongEnding>& o) {
    o.choice("ending", &WrongEnding::ending, "none",
             {{"none", Ending::none},
              {"segfault", Ending::segfault},
              {"hang", Ending::hang},
              {"closed", Ending::closed},
              {"memory", Ending::memory},
              {"exit", Ending::exit},
              {"orphan", Ending::orphan},
              {"heir", Ending::heir},
              {"nan", Ending::nan},
              {"fault", Ending::fault},
              {"divide", Ending::divide},
              {"abort", Ending::abort},
              {"uncaught", Ending::uncaught},
              {"overflow", Ending::overflow},
              {"session", Ending::session},
              {"copy", Ending::copy}})
        .doc("how it ends")
        .contrast("nan");
    o.number("learning_rate", &WrongEnding::learning_rate, 1e-3).doc("step size");
  }
  void apply(const descent::Step& step, descent::Block b) const override {
    if (step.update() == 5) come_to_the_end(b);
    b.update() *= descent::Scalar(learning_rate);
  }

 private:
  void come_to_the_end(descent::Block& b) const {
    switch (ending) {
      case Ending::none:
        return;
      case Ending::segfault:
        raise(SIGSEGV);
        return;
      case Ending::closed:  // so that nobody hears of its end by a pipe
        for (int file = 3; file < 1024; ++file) close(file);
        [[fallthrough]];
      case Ending::hang:
        while (true) sleep(1);
      case Ending::memory: {
        std::vector<std::vector<char>> hoard;
        while (true) hoard.emplace_back(std::size_t{1} << 28);
      }
      case Ending::orphan:  // goes on, and leaves a program behind
        if (leave_behind("orphan.pid") == 0) execl("/bin/sleep", "sleep", "600", nullptr);
        return;
      case Ending::heir:  // leaves a copy of itself behind, which has all that it had open
        if (leave_behind("heir.pid") == 0)
          while (true) pause();
        [[fallthrough]];
      case Ending::exit:
        std::_Exit(3);
      case Ending::nan:
        b.update().setConstant(std::numeric_limits<descent::Scalar>::quiet_NaN());
        return;
      case Ending::fault:
        *nowhere = 1;
        return;
      case Ending::divide:
        divisor = 100 / divisor;
        return;
      case Ending::abort:
        std::abort();
      case Ending::uncaught:
        std::thread([] { throw std::runtime_error("nobody catches this"); }).join();
        return;
      case Ending::overflow:
        divisor = depth_of(1);  // which never gets there
        return;
      case Ending::session:  // leaves a program behind that has left the group and the session
        if (const pid_t child = leave_behind("session.pid"); child == 0) {
          setsid();
          if (fork() != 0) std::_Exit(0);
          std::ofstream("grandchild.pid") << getpid() << "\n";
          execl("/bin/sleep", "sleep", "600", nullptr);
        } else {
          waitpid(child, nullptr, 0);
        }
        return;
      case Ending::copy:  // goes on, and leaves a copy of itself that crashes
        if (const pid_t child = leave_behind("copy.pid"); child == 0)
          raise(SIGSEGV);
        else
          waitpid(child, nullptr, 0);
    }
  }

  static int depth_of(int depth) {
    volatile char room[4096];
    room[0] = static_cast<char>(depth);
    return depth == divisor ? 1 : depth_of(depth + 1) + room[0];
  }

  // fork(), and the child's number in a file of the current folder.
  static pid_t leave_behind(const char* file) {
    const pid_t child = fork();
    if (child > 0) std::ofstream(file) << child << "\n";
    return child;
  }

  static inline volatile int divisor = 0;
  static inline int* volatile nowhere = nullptr;

  Ending ending;
  double learning_rate;
};

}  // namespace

DESCENT_OPTIMIZER(WrongEnding, "test_wrong_ending", "comes to a bad end, for tests")
