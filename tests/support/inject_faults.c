// Preloaded into a process: lets a file call fail, or kills the process there. What counts is a call under one
// folder that changes a file or a name, or, for `read_eio`, one that reads; calls are numbered from 1, through all
// processes that share the counters. The environment says what happens (support/faults.hpp):
//
//   DESCENT_FAULT        the action, below
//   DESCENT_FAULT_AT     the number of the call
//   DESCENT_FAULT_ROOT   the folder
//   DESCENT_FAULT_STATE  a file of one page of zeros: the counters, below
//   DESCENT_FAULT_OF     the calls that count, of those that the action has: `names` (names, folders, lengths and
//                        fsync), `writes`, or nothing for all
//   DESCENT_FAULT_NOT    a text: files whose path contains it are left alone, or nothing
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
  of_open = 1,    // of a file that may be written
  of_create = 2,  // the same with O_CREAT
  of_write = 4,
  of_sync = 8,
  of_name = 16,  // rename, link, mkdir
  of_remove = 32,
  of_length = 64,
  of_close = 128,  // of a file that may be written
  of_read = 256,
  of_torn = 512,  // a write across a page's end
  changes = of_open | of_write | of_sync | of_name | of_remove | of_length | of_close,
  needs_space = of_create | of_write | of_sync | of_name | of_length,
};

enum effect { fails, writes_half, dies, dies_at_page };

struct action {
  const char* name;
  int calls;
  enum effect effect;
  int error;
  bool forever;  // all calls from there on
};
static const struct action actions[] = {
    {"count", changes, fails, 0, false},
    {"eio", changes, fails, EIO, false},
    {"eio_forever", changes, fails, EIO, true},
    {"enospc", needs_space, fails, ENOSPC, false},
    {"enospc_forever", needs_space, fails, ENOSPC, true},
    {"sync_fails", of_sync, fails, EIO, false},
    {"read_eio", of_read, fails, EIO, false},
    {"short_write", of_write, writes_half, 0, false},
    {"kill", changes, dies, 0, false},
    {"kill_at_page", of_torn, dies_at_page, 0, false},
};

struct state {
  atomic_ulong calls;
  atomic_ulong injected;
  atomic_ulong checkpoints;  // how many got their names before the first fault
  char call[32];
  char path[1024];
};

static const struct action* action;
static struct state* state;
static unsigned long at;
static const char* root;
static const char* spared;
static int counted;

// As late as the first call: other libraries' constructors open files too.
static bool ready(void) {
  static atomic_int begun;
  if (state != NULL) return true;
  const char *name = getenv("DESCENT_FAULT"), *file = getenv("DESCENT_FAULT_STATE"),
             *number = getenv("DESCENT_FAULT_AT"), *of = getenv("DESCENT_FAULT_OF");
  root = getenv("DESCENT_FAULT_ROOT");
  spared = getenv("DESCENT_FAULT_NOT");
  if (name == NULL || file == NULL || number == NULL || root == NULL || atomic_exchange(&begun, 1))
    return false;
  for (size_t i = 0; i < sizeof actions / sizeof *actions; ++i)
    if (strcmp(actions[i].name, name) == 0) action = &actions[i];
  int (*next_open)(const char*, int, ...) = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, "open");
  const int descriptor = next_open(file, O_RDWR | O_CLOEXEC);
  void* memory =
      descriptor < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (action == NULL || memory == MAP_FAILED) {
    static const char message[] = "inject_faults: no such action, or no file for the counters\n";
    if (write(STDERR_FILENO, message, sizeof message - 1) < 0) abort();
    abort();
  }
  int (*next_close)(int) = (int (*)(int))dlsym(RTLD_NEXT, "close");
  next_close(descriptor);
  at = strtoul(number, NULL, 10);
  counted = action->calls;
  if (of != NULL && strcmp(of, "names") == 0) counted &= of_name | of_remove | of_length | of_sync;
  if (of != NULL && strcmp(of, "writes") == 0) counted &= of_write | of_torn;
  state = memory;
  return true;
}

__attribute__((constructor)) static void begin(void) {
  ready();
}

static bool is_below_root(const char* path) {
  const size_t length = strlen(root);
  return strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == '\0') &&
         (spared == NULL || *spared == '\0' || strstr(path, spared) == NULL);
}

// The absolute path, not resolved; false: it is none of ours.
static bool find_path(int folder, const char* path, char out[PATH_MAX]) {
  if (path == NULL) return false;
  out[0] = '\0';
  if (path[0] != '/') {
    if (folder == AT_FDCWD) {
      if (getcwd(out, PATH_MAX) == NULL) return false;
    } else {
      char link[64];
      snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
      const ssize_t size = readlink(link, out, PATH_MAX - 1);
      if (size < 0) return false;
      out[size] = '\0';
    }
    strncat(out, "/", PATH_MAX - strlen(out) - 1);
  }
  strncat(out, path, PATH_MAX - strlen(out) - 1);
  return is_below_root(out);
}

static bool find_file(int file, char out[PATH_MAX]) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const int error = errno;
  const ssize_t size = readlink(link, out, PATH_MAX - 1);
  errno = error;
  if (size < 0) return false;
  out[size] = '\0';
  return is_below_root(out);
}

static bool may_be_written(int file) {
  const int error = errno;
  const int flags = fcntl(file, F_GETFL);
  errno = error;
  return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

// Whether the fault is due at this call.
static bool counts(int calls, const char* call, const char* path) {
  if ((calls & counted) == 0) return false;
  const unsigned long number = atomic_fetch_add(&state->calls, 1) + 1;
  if (action->effect == fails && action->error == 0) return false;  // only counted
  if (number != at && !(action->forever && number > at)) return false;
  if (atomic_fetch_add(&state->injected, 1) == 0) {
    strncpy(state->call, call, sizeof state->call - 1);
    strncpy(state->path, path, sizeof state->path - 1);
  }
  return true;
}

static bool fails_now(int calls, const char* call, const char* path) {
  if (!counts(calls, call, path)) return false;
  if (action->effect == dies) kill(getpid(), SIGKILL);
  errno = action->error;
  return true;
}

#define NEXT(NAME) ((__typeof__(&NAME))dlsym(RTLD_NEXT, #NAME))

// ---- files opened and closed

static int open_calls(int flags) {
  if ((flags & O_ACCMODE) == O_RDONLY && (flags & O_CREAT) == 0) return 0;
  return of_open | ((flags & O_CREAT) != 0 ? of_create : 0);
}

static mode_t mode_of(int flags, va_list more) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
}

#define OPEN(NAME)                                                                       \
  int NAME(const char* path, int flags, ...) {                                           \
    va_list more;                                                                        \
    va_start(more, flags);                                                               \
    const mode_t mode = mode_of(flags, more);                                            \
    va_end(more);                                                                        \
    char full[PATH_MAX];                                                                 \
    if (open_calls(flags) != 0 && ready() && find_path(AT_FDCWD, path, full) &&          \
        fails_now(open_calls(flags), #NAME, full))                                       \
      return -1;                                                                         \
    return ((int (*)(const char*, int, ...))dlsym(RTLD_NEXT, #NAME))(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(NAME)                                                                                  \
  int NAME(int folder, const char* path, int flags, ...) {                                            \
    va_list more;                                                                                     \
    va_start(more, flags);                                                                            \
    const mode_t mode = mode_of(flags, more);                                                         \
    va_end(more);                                                                                     \
    char full[PATH_MAX];                                                                              \
    if (open_calls(flags) != 0 && ready() && find_path(folder, path, full) &&                         \
        fails_now(open_calls(flags), #NAME, full))                                                    \
      return -1;                                                                                      \
    return ((int (*)(int, const char*, int, ...))dlsym(RTLD_NEXT, #NAME))(folder, path, flags, mode); \
  }
OPENAT(openat)
OPENAT(openat64)

int creat(const char* path, mode_t mode) {
  return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

// A file whose close fails is closed nevertheless, as the kernel has it.
int close(int file) {
  char full[PATH_MAX];
  const bool fault =
      ready() && may_be_written(file) && find_file(file, full) && fails_now(of_close, "close", full);
  const int result = NEXT(close)(file);
  if (!fault) return result;
  errno = action->error;
  return -1;
}

int fclose(FILE* stream) {
  char full[PATH_MAX];
  const int error = errno, file = fileno(stream);
  errno = error;
  const bool fault = file >= 0 && ready() && may_be_written(file) && find_file(file, full) &&
                     fails_now(of_close, "fclose", full);
  const int result = NEXT(fclose)(stream);
  if (!fault) return result;
  errno = action->error;
  return EOF;
}

// ---- what is written

static bool crosses_page(size_t size, off64_t offset) {
  return size > 0 && offset / 4096 != (offset + (off64_t)size - 1) / 4096;
}

// How many bytes of a write are to be made; SIZE_MAX: it fails. `dies` then, where the effect says so.
static size_t allowed(int file, size_t size, off64_t offset, const char* call, bool* then_dies) {
  char full[PATH_MAX];
  if (size == 0 || !ready() || !find_file(file, full)) return size;
  if (action->effect == dies_at_page) {
    if (offset < 0 || !crosses_page(size, offset) || !counts(of_torn, call, full)) return size;
    *then_dies = true;
    return (size_t)(4096 - offset % 4096);
  }
  if (action->effect == writes_half) return size > 1 && counts(of_write, call, full) ? size / 2 : size;
  return fails_now(of_write, call, full) ? SIZE_MAX : size;
}

// Where write() and writev() begin.
static off64_t position(int file) {
  const int error = errno;
  const int flags = fcntl(file, F_GETFL);
  struct stat status;
  off64_t offset = -1;
  if (flags >= 0 && (flags & O_APPEND) != 0 && fstat(file, &status) == 0)
    offset = status.st_size;
  else
    offset = lseek64(file, 0, SEEK_CUR);
  errno = error;
  return offset;
}

ssize_t write(int file, const void* bytes, size_t size) {
  bool then_dies = false;
  const size_t count = allowed(
      file, size, action != NULL && action->effect == dies_at_page ? position(file) : 0, "write", &then_dies);
  if (count == SIZE_MAX) return -1;
  const ssize_t result = NEXT(write)(file, bytes, count);
  if (then_dies) kill(getpid(), SIGKILL);
  return result;
}

#define PWRITE(NAME, OFFSET)                                           \
  ssize_t NAME(int file, const void* bytes, size_t size, OFFSET at_) { \
    bool then_dies = false;                                            \
    const size_t count = allowed(file, size, at_, #NAME, &then_dies);  \
    if (count == SIZE_MAX) return -1;                                  \
    const ssize_t result = NEXT(NAME)(file, bytes, count, at_);        \
    if (then_dies) kill(getpid(), SIGKILL);                            \
    return result;                                                     \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

// A part of several pieces: the first one, or a part of it.
static size_t size_of(const struct iovec* pieces, int count) {
  size_t size = 0;
  for (int i = 0; i < count; ++i) size += pieces[i].iov_len;
  return size;
}

ssize_t writev(int file, const struct iovec* pieces, int count) {
  const size_t size = size_of(pieces, count);
  bool then_dies = false;
  const size_t part =
      allowed(file, size, action != NULL && action->effect == dies_at_page ? position(file) : 0, "writev",
              &then_dies);
  if (part == SIZE_MAX) return -1;
  if (part == size) return NEXT(writev)(file, pieces, count);
  const ssize_t result =
      NEXT(write)(file, pieces[0].iov_base, pieces[0].iov_len < part ? pieces[0].iov_len : part);
  if (then_dies) kill(getpid(), SIGKILL);
  return result;
}

ssize_t pwritev(int file, const struct iovec* pieces, int count, off_t offset) {
  const size_t size = size_of(pieces, count);
  bool then_dies = false;
  const size_t part = allowed(file, size, offset, "pwritev", &then_dies);
  if (part == SIZE_MAX) return -1;
  if (part == size) return NEXT(pwritev)(file, pieces, count, offset);
  const ssize_t result =
      NEXT(pwrite)(file, pieces[0].iov_base, pieces[0].iov_len < part ? pieces[0].iov_len : part, offset);
  if (then_dies) kill(getpid(), SIGKILL);
  return result;
}

// ---- what stdio writes: its own calls of write() cannot be replaced, so that it gets a stream of ours

static ssize_t cookie_write(void* cookie, const char* bytes, size_t size) {
  size_t done = 0;
  while (done < size) {
    const ssize_t count = write((int)(intptr_t)cookie, bytes + done, size - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return 0;
    done += (size_t)count;
  }
  return (ssize_t)size;
}

static int cookie_close(void* cookie) {
  return close((int)(intptr_t)cookie);
}

// libstdc++ asks a stream for its descriptor and calls write() itself.
static bool is_of_libstdcxx(void* caller) {
  Dl_info library;
  return dladdr(caller, &library) != 0 && library.dli_fname != NULL &&
         strstr(library.dli_fname, "libstdc++") != NULL;
}

static FILE* open_stream(const char* path, const char* mode, void* caller,
                         FILE* (*next)(const char*, const char*)) {
  char full[PATH_MAX];
  const bool written = mode[0] != 'r' || strchr(mode, '+') != NULL;
  if (!written || !ready() || !find_path(AT_FDCWD, path, full)) return next(path, mode);
  if (is_of_libstdcxx(caller))
    return fails_now(of_open | (mode[0] != 'r' ? of_create : 0), "fopen", full) ? NULL : next(path, mode);
  if (mode[0] == 'r') return next(path, mode);
  const int flags = O_WRONLY | O_CREAT | (mode[0] == 'a' ? O_APPEND : O_TRUNC) | O_CLOEXEC;
  const int file = open(path, flags, 0666);
  if (file < 0) return NULL;
  const cookie_io_functions_t functions = {NULL, cookie_write, NULL, cookie_close};
  return fopencookie((void*)(intptr_t)file, mode, functions);
}

FILE* fopen(const char* path, const char* mode) {
  return open_stream(path, mode, __builtin_return_address(0), NEXT(fopen));
}
FILE* fopen64(const char* path, const char* mode) {
  return open_stream(path, mode, __builtin_return_address(0), NEXT(fopen64));
}

// ---- what puts files on the disk, and gives them lengths

#define OF_FILE(CALLS, NAME, PARAMETERS, ARGUMENTS)                                   \
  int NAME PARAMETERS {                                                               \
    char full[PATH_MAX];                                                              \
    if (ready() && find_file(file, full) && fails_now(CALLS, #NAME, full)) return -1; \
    return NEXT(NAME) ARGUMENTS;                                                      \
  }
OF_FILE(of_sync, fsync, (int file), (file))
OF_FILE(of_sync, fdatasync, (int file), (file))
OF_FILE(of_length, ftruncate, (int file, off_t length), (file, length))
OF_FILE(of_length, ftruncate64, (int file, off64_t length), (file, length))

// ---- names

#define OF_PATH(CALLS, NAME, FOLDER, PATH, PARAMETERS, ARGUMENTS)                             \
  int NAME PARAMETERS {                                                                       \
    char full[PATH_MAX];                                                                      \
    if (ready() && find_path(FOLDER, PATH, full) && fails_now(CALLS, #NAME, full)) return -1; \
    return NEXT(NAME) ARGUMENTS;                                                              \
  }
OF_PATH(of_remove, unlink, AT_FDCWD, path, (const char* path), (path))
OF_PATH(of_remove, unlinkat, folder, path, (int folder, const char* path, int flags), (folder, path, flags))
OF_PATH(of_remove, remove, AT_FDCWD, path, (const char* path), (path))
OF_PATH(of_remove, rmdir, AT_FDCWD, path, (const char* path), (path))
OF_PATH(of_name, mkdir, AT_FDCWD, path, (const char* path, mode_t mode), (path, mode))
OF_PATH(of_name, link, AT_FDCWD, to, (const char* from, const char* to), (from, to))
OF_PATH(of_length, truncate, AT_FDCWD, path, (const char* path, off_t length), (path, length))
OF_PATH(of_length, truncate64, AT_FDCWD, path, (const char* path, off64_t length), (path, length))

int rename(const char* from, const char* to) {
  char full[PATH_MAX];
  const bool ours = ready() && find_path(AT_FDCWD, to, full);
  if (ours && fails_now(of_name, "rename", full)) return -1;
  const int result = NEXT(rename)(from, to);
  if (ours && result == 0 && atomic_load(&state->injected) == 0 && strstr(full, "/checkpoints/") != NULL)
    atomic_fetch_add(&state->checkpoints, 1);
  return result;
}

// ---- what is read

#define READ(NAME, PARAMETERS, ARGUMENTS)                                                                \
  ssize_t NAME PARAMETERS {                                                                              \
    char full[PATH_MAX];                                                                                 \
    if (ready() && (counted & of_read) != 0 && find_file(file, full) && fails_now(of_read, #NAME, full)) \
      return -1;                                                                                         \
    return NEXT(NAME) ARGUMENTS;                                                                         \
  }
READ(read, (int file, void* out, size_t size), (file, out, size))
READ(pread, (int file, void* out, size_t size, off_t offset), (file, out, size, offset))
READ(pread64, (int file, void* out, size_t size, off64_t offset), (file, out, size, offset))
ssize_t __read_chk(int file, void* out, size_t size, size_t room) {
  if (size > room) abort();
  return read(file, out, size);
}
ssize_t __pread_chk(int file, void* out, size_t size, off_t offset, size_t room) {
  if (size > room) abort();
  return pread(file, out, size, offset);
}
ssize_t __pread64_chk(int file, void* out, size_t size, off64_t offset, size_t room) {
  if (size > room) abort();
  return pread64(file, out, size, offset);
}
