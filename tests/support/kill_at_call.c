// Preloaded into a process: kills it, as if the power had gone, just before the N-th call that puts something on
// the disk or gives a file its name or length. N stands in DESCENT_TEST_KILL_AT.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

static void count(void) {
  static atomic_long calls;
  const char* wanted = getenv("DESCENT_TEST_KILL_AT");
  if (wanted != NULL && atomic_fetch_add(&calls, 1) + 1 == atol(wanted)) raise(SIGKILL);
}

int rename(const char* from, const char* to) {
  count();
  int (*next)(const char*, const char*) = (int (*)(const char*, const char*))dlsym(RTLD_NEXT, "rename");
  return next(from, to);
}

int fsync(int file) {
  count();
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  return next(file);
}

int ftruncate(int file, off_t length) {
  count();
  int (*next)(int, off_t) = (int (*)(int, off_t))dlsym(RTLD_NEXT, "ftruncate");
  return next(file, length);
}

int ftruncate64(int file, off64_t length) {
  count();
  int (*next)(int, off64_t) = (int (*)(int, off64_t))dlsym(RTLD_NEXT, "ftruncate64");
  return next(file, length);
}
