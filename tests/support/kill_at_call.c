// Preloaded into a process: kills it, as if the power had gone, just before the N-th call of one kind. N
// stands in DESCENT_TEST_KILL_AT, the kind in DESCENT_TEST_KILL_OF: `names`, the calls that put something on
// the disk or give a file or folder its name or length, or `writes`, those that write into one.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

static void count(const char* kind) {
  static atomic_long calls;
  const char *wanted = getenv("DESCENT_TEST_KILL_AT"), *of = getenv("DESCENT_TEST_KILL_OF");
  if (wanted == NULL || of == NULL || strcmp(of, kind) != 0) return;
  if (atomic_fetch_add(&calls, 1) + 1 == atol(wanted)) raise(SIGKILL);
}

// NAME(PARAMETERS) counts and goes on to the next library's.
#define COUNTED(KIND, RESULT, NAME, PARAMETERS, ARGUMENTS)                    \
  RESULT NAME PARAMETERS {                                                    \
    count(KIND);                                                              \
    RESULT(*next) PARAMETERS = (RESULT(*) PARAMETERS)dlsym(RTLD_NEXT, #NAME); \
    return next ARGUMENTS;                                                    \
  }

COUNTED("names", int, rename, (const char* from, const char* to), (from, to))
COUNTED("names", int, unlink, (const char* path), (path))
COUNTED("names", int, remove, (const char* path), (path))
COUNTED("names", int, mkdir, (const char* path, mode_t mode), (path, mode))
COUNTED("names", int, fsync, (int file), (file))
COUNTED("names", int, ftruncate, (int file, off_t length), (file, length))
COUNTED("names", int, ftruncate64, (int file, off64_t length), (file, length))
COUNTED("writes", ssize_t, pwrite, (int file, const void* bytes, size_t size, off_t at),
        (file, bytes, size, at))
COUNTED("writes", ssize_t, pwrite64, (int file, const void* bytes, size_t size, off64_t at),
        (file, bytes, size, at))
