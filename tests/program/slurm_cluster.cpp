#include "slurm_cluster.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace descent::testing {

namespace fs = std::filesystem;

namespace {

constexpr auto glance = std::chrono::milliseconds(50);

bool is_installed(const std::string& program) {
  for (const char* folder : {"/usr/sbin/", "/usr/bin/"})
    if (access((folder + program).c_str(), X_OK) == 0) return true;
  return false;
}

/// Two ports that nobody listens on.
std::pair<int, int> free_ports() {
  int ports[2], sockets[2];
  for (int i = 0; i < 2; ++i) {
    sockets[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(sockets[i], reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        getsockname(sockets[i], reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("no free port");
    ports[i] = ntohs(address.sin_port);
  }
  close(sockets[0]);
  close(sockets[1]);
  return {ports[0], ports[1]};
}

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

/// Processes of this cluster, whoever their parent is now: its configuration stands in their environment.
std::vector<pid_t> processes_with(const std::string& variable) {
  std::vector<pid_t> found;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const pid_t process = static_cast<pid_t>(std::stol(name));
    if (process == getpid()) continue;
    const std::string environment = '\0' + text_of(entry.path() / "environ");
    if (environment.find('\0' + variable + '\0') != std::string::npos) found.push_back(process);
  }
  return found;
}

}  // namespace

std::string SlurmCluster::obstacle() {
  if (geteuid() != 0) return "only root can start a Slurm";
  for (const char* program : {"munged", "slurmctld", "slurmd", "sbatch", "squeue", "setpriv"})
    if (!is_installed(program)) return std::string(program) + " is not installed";
  return "";
}

SlurmCluster::SlurmCluster() {
  configure();
  // What slurmd leaves behind becomes a child of this process, which can then wait for it.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  setenv("SLURM_CONF", (folder_.path / "slurm.conf").c_str(), 1);
  const std::string here = folder_.path.string();
  try {
    start({"munged", "--foreground", "--force", "--key-file=" + here + "/munge.key",
           "--socket=" + here + "/munge.socket", "--pid-file=" + here + "/munged.pid",
           "--log-file=" + here + "/munged.log", "--seed-file=" + here + "/munged.seed"});
    for (int tries = 0; !fs::exists(folder_.path / "munge.socket") && tries < 600; ++tries)
      std::this_thread::sleep_for(glance);
    start({"slurmctld", "-D", "-f", here + "/slurm.conf"});
    start({"slurmd", "-D", "-N", "localhost", "-f", here + "/slurm.conf"});
    wait_for_node();
  } catch (...) {
    stop();
    throw;
  }
}

SlurmCluster::~SlurmCluster() {
  stop();
}

void SlurmCluster::configure() {
  const auto [controller_port, node_port] = free_ports();
  fs::create_directory(folder_.path / "state");
  fs::create_directory(folder_.path / "spool");
  std::string key;
  std::random_device random;
  while (key.size() < 1024) key += static_cast<char>(random());
  folder_.write("munge.key", key);
  fs::permissions(folder_.path / "munge.key", fs::perms::owner_read);
  folder_.write("slurm.conf", fmt::format(R"(ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={1}
SlurmdPort={2}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={0}/munge.socket
StateSaveLocation={0}/state
SlurmdSpoolDir={0}/spool
SlurmctldPidFile={0}/slurmctld.pid
SlurmdPidFile={0}/slurmd.pid
SlurmctldLogFile={0}/slurmctld.log
SlurmdLogFile={0}/slurmd.log
MailProg=/bin/true
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MaxArraySize=8
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,bf_interval=1
NodeName=localhost NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=compute Nodes=localhost Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=localhost MaxTime=INFINITE State=UP PriorityTier=2
)",
                                          folder_.path.string(), controller_port, node_port));
}

// setpriv: a daemon ends with this process, however that ends.
void SlurmCluster::start(const std::vector<std::string>& daemon) {
  std::vector<std::string> words = {"setpriv", "--pdeathsig", "TERM"};
  words.insert(words.end(), daemon.begin(), daemon.end());
  daemons_.emplace_back(ProcessStart{.command = words,
                                     .redirections = {{.descriptor = STDIN_FILENO, .file = "/dev/null"},
                                                      {.descriptor = STDOUT_FILENO,
                                                       .file = folder_.path / (daemon.front() + ".output"),
                                                       .mode = Redirection::Mode::write},
                                                      {.descriptor = STDERR_FILENO, .from = STDOUT_FILENO}}});
}

void SlurmCluster::wait_for_node() {
  for (int tries = 0; tries < 1200; ++tries) {
    const Finished answer = run_program({"sinfo", "--noheader", "--format=%T"}, folder_.path);
    if (answer.output.find("idle") == 0) return;
    std::this_thread::sleep_for(glance);
  }
  std::string said;
  for (const char* file : {"munged.output", "slurmctld.output", "slurmd.output"})
    said += fmt::format("\n{}:\n{}", file, text_of(folder_.path / file));
  throw std::runtime_error("Slurm does not come up:" + said);
}

void SlurmCluster::stop() {
  run_program({"scancel", "--me"}, folder_.path);
  // Jobs end in order while there are daemons to see to it.
  for (int tries = 0; tries < 200; ++tries) {
    const Finished queue = run_program({"squeue", "--noheader"}, folder_.path);
    if (queue.exit_code != 0 || queue.output.empty()) break;
    std::this_thread::sleep_for(glance);
  }
  for (auto daemon = daemons_.rbegin(); daemon != daemons_.rend(); ++daemon) {
    daemon->signal(SIGTERM);
    for (int tries = 0; !daemon->end(); ++tries) {
      if (tries == 200) daemon->signal(SIGKILL);
      std::this_thread::sleep_for(glance);
    }
  }
  const std::string variable = "SLURM_CONF=" + (folder_.path / "slurm.conf").string();
  for (const pid_t process : processes_with(variable)) kill(process, SIGKILL);
  for (int tries = 0; waitpid(-1, nullptr, WNOHANG) >= 0 && tries < 200; ++tries)
    std::this_thread::sleep_for(glance);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
  unsetenv("SLURM_CONF");
}

}  // namespace descent::testing
