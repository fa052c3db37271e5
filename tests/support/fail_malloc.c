// Preloaded into a process: the N-th allocation of main() fails. N stands in DESCENT_TEST_FAIL_MALLOC. Where main() returns,
// the number of allocations goes into the file that DESCENT_TEST_COUNT_MALLOC names. Those before main() succeed: without
// them the C++ runtime cannot throw.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static atomic_long calls;
static long first = -1;
static int armed;
static int (*program)(int, char**, char**);

static int fails(void) {
  if (!armed) return 0;
  const long call = atomic_fetch_add(&calls, 1) + 1;
  if (call != first) return 0;
  errno = ENOMEM;
  return 1;
}

// The program defines malloc() itself, for all libraries, by these functions of the C library.
#define FAILING(NAME, PARAMETERS, ARGUMENTS)                              \
  void* NAME PARAMETERS {                                                 \
    static void*(*next)PARAMETERS;                                        \
    if (next == NULL) next = (void*(*)PARAMETERS)dlsym(RTLD_NEXT, #NAME); \
    return fails() ? NULL : next ARGUMENTS;                               \
  }

FAILING(__libc_malloc, (size_t size), (size))
FAILING(__libc_calloc, (size_t count, size_t size), (count, size))
FAILING(__libc_memalign, (size_t alignment, size_t size), (alignment, size))
FAILING(__libc_realloc, (void* memory, size_t size), (memory, size))

static int counted(int argc, char** argv, char** environment) {
  const char *number = getenv("DESCENT_TEST_FAIL_MALLOC"), *file = getenv("DESCENT_TEST_COUNT_MALLOC");
  first = number == NULL ? -1 : atol(number);
  armed = 1;
  const int code = program(argc, argv, environment);
  armed = 0;
  FILE* counts = file == NULL ? NULL : fopen(file, "w");
  if (counts != NULL) {
    fprintf(counts, "%ld\n", atomic_load(&calls));
    fclose(counts);
  }
  return code;
}

int __libc_start_main(int (*main)(int, char**, char**), int argc, char** argv, void (*init)(void),
                      void (*fini)(void), void (*end)(void), void* stack) {
  int (*next)(int (*)(int, char**, char**), int, char**, void (*)(void), void (*)(void), void (*)(void),
              void*) = (int (*)(int (*)(int, char**, char**), int, char**, void (*)(void), void (*)(void),
                                void (*)(void), void*))dlsym(RTLD_NEXT, "__libc_start_main");
  program = main;
  return next(counted, argc, argv, init, fini, end, stack);
}
