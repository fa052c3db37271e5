// Preloaded into a process: writes down what it does to the files below $DESCENT_RECORD_ROOT, in order, into the file
// $DESCENT_RECORD_TRACE. crash_images.py makes of it what a power cut may leave.
//
// One record for each call that succeeded: a letter, then numbers of 8 bytes and texts (a length of 8 bytes, and so many
// bytes):
//   C path inode         a file was created     W inode offset bytes   written (bytes as a text)
//   T inode length       cut or made longer     S inode                put on the disk
//   M from to            renamed                L from to inode        a second name
//   U path               removed                D path                 a folder was made
//   X path               a folder was removed   Y path                 a folder was put on the disk
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int trace(void) {
  static int file = -1;
  if (file < 0) {
    const char* path = getenv("DESCENT_RECORD_TRACE");
    if (path != NULL)
      file = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  }
  return file;
}

// The absolute path, and whether it is below the root.
static int is_ours(const char* path, char* absolute) {
  const char* root = getenv("DESCENT_RECORD_ROOT");
  if (root == NULL || path == NULL) return 0;
  if (path[0] == '/') {
    snprintf(absolute, PATH_MAX, "%s", path);
  } else {
    char folder[PATH_MAX];
    if (getcwd(folder, sizeof folder) == NULL) return 0;
    if (snprintf(absolute, PATH_MAX, "%s/%s", folder, path) >= PATH_MAX) return 0;
  }
  return strncmp(absolute, root, strlen(root)) == 0;
}

static int is_ours_open(int file, char* absolute) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t size = readlink(link, absolute, PATH_MAX - 1);
  if (size < 0) return 0;
  absolute[size] = '\0';
  const char* root = getenv("DESCENT_RECORD_ROOT");
  return root != NULL && strncmp(absolute, root, strlen(root)) == 0;
}

static void put(const void* bytes, size_t size) {
  const char* at = bytes;
  while (size > 0) {
    const long written = syscall(SYS_write, trace(), at, size);
    if (written <= 0) abort();
    at += written;
    size -= (size_t)written;
  }
}
static void put_number(uint64_t number) {
  put(&number, sizeof number);
}
static void put_text(const void* text, size_t size) {
  put_number(size);
  put(text, size);
}
static void put_path(const char* path) {
  put_text(path, strlen(path));
}

static uint64_t inode_of(int file) {
  struct stat64 state;
  return fstat64(file, &state) == 0 ? state.st_ino : 0;
}

#define NEXT(NAME) ((__typeof__(&NAME))dlsym(RTLD_NEXT, #NAME))

static int open_and_note(int (*next)(const char*, int, ...), const char* path, int flags, mode_t mode) {
  char absolute[PATH_MAX];
  const int ours = (flags & (O_WRONLY | O_RDWR)) != 0 && is_ours(path, absolute);
  if (!ours) return next(path, flags, mode);
  pthread_mutex_lock(&lock);
  const int existed = access(path, F_OK) == 0;
  const int file = next(path, flags, mode);
  const int failure = errno;
  if (file >= 0 && !existed) {
    put("C", 1);
    put_path(absolute);
    put_number(inode_of(file));
  } else if (file >= 0 && (flags & O_TRUNC) != 0) {
    put("T", 1);
    put_number(inode_of(file));
    put_number(0);
  }
  pthread_mutex_unlock(&lock);
  errno = failure;
  return file;
}

static mode_t mode_of(int flags, va_list list) {
  return (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;
}

#define OPEN(NAME)                                       \
  int NAME(const char* path, int flags, ...) {           \
    va_list list;                                        \
    va_start(list, flags);                               \
    const mode_t mode = mode_of(flags, list);            \
    va_end(list);                                        \
    return open_and_note(NEXT(NAME), path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

FILE* fopen64_or(FILE* (*next)(const char*, const char*), const char* path, const char* mode) {
  char absolute[PATH_MAX];
  if (mode[0] == 'r' || !is_ours(path, absolute)) return next(path, mode);
  pthread_mutex_lock(&lock);
  const int existed = access(path, F_OK) == 0;
  FILE* file = next(path, mode);
  if (file != NULL && (!existed || mode[0] == 'w')) {
    put(existed ? "T" : "C", 1);
    if (!existed) put_path(absolute);
    put_number(inode_of(fileno(file)));
    if (existed) put_number(0);
  }
  pthread_mutex_unlock(&lock);
  return file;
}
FILE* fopen(const char* path, const char* mode) {
  return fopen64_or(NEXT(fopen), path, mode);
}
FILE* fopen64(const char* path, const char* mode) {
  return fopen64_or(NEXT(fopen64), path, mode);
}

static void note_write(int file, uint64_t offset, const void* bytes, ssize_t size) {
  if (size <= 0) return;
  put("W", 1);
  put_number(inode_of(file));
  put_number(offset);
  put_text(bytes, (size_t)size);
}

// Where a write without an offset begins.
static uint64_t place_of(int file) {
  if ((fcntl(file, F_GETFL) & O_APPEND) != 0) {
    struct stat64 state;
    return fstat64(file, &state) == 0 ? (uint64_t)state.st_size : 0;
  }
  return (uint64_t)lseek64(file, 0, SEEK_CUR);
}

#define WRITE(NAME, PARAMETERS, ARGUMENTS, OFFSET)                  \
  ssize_t NAME PARAMETERS {                                         \
    char absolute[PATH_MAX];                                        \
    if (!is_ours_open(file, absolute)) return NEXT(NAME) ARGUMENTS; \
    pthread_mutex_lock(&lock);                                      \
    const uint64_t offset = OFFSET;                                 \
    const ssize_t written = NEXT(NAME) ARGUMENTS;                   \
    const int failure = errno;                                      \
    note_write(file, offset, bytes, written);                       \
    pthread_mutex_unlock(&lock);                                    \
    errno = failure;                                                \
    return written;                                                 \
  }
WRITE(write, (int file, const void* bytes, size_t size), (file, bytes, size), place_of(file))
WRITE(pwrite, (int file, const void* bytes, size_t size, off_t at), (file, bytes, size, at), (uint64_t)at)
WRITE(pwrite64, (int file, const void* bytes, size_t size, off64_t at), (file, bytes, size, at), (uint64_t)at)

ssize_t writev(int file, const struct iovec* parts, int count) {
  char absolute[PATH_MAX];
  if (!is_ours_open(file, absolute)) return NEXT(writev)(file, parts, count);
  ssize_t all = 0;
  for (int i = 0; i < count; ++i) {
    const ssize_t written = write(file, parts[i].iov_base, parts[i].iov_len);
    if (written < 0) return all > 0 ? all : -1;
    all += written;
  }
  return all;
}

#define CUT(NAME, TYPE)                                \
  int NAME(int file, TYPE length) {                    \
    char absolute[PATH_MAX];                           \
    pthread_mutex_lock(&lock);                         \
    const int result = NEXT(NAME)(file, length);       \
    if (result == 0 && is_ours_open(file, absolute)) { \
      put("T", 1);                                     \
      put_number(inode_of(file));                      \
      put_number((uint64_t)length);                    \
    }                                                  \
    pthread_mutex_unlock(&lock);                       \
    return result;                                     \
  }
CUT(ftruncate, off_t)
CUT(ftruncate64, off64_t)

#define SYNC(NAME)                                                                   \
  int NAME(int file) {                                                               \
    char absolute[PATH_MAX];                                                         \
    pthread_mutex_lock(&lock);                                                       \
    const int result = NEXT(NAME)(file);                                             \
    struct stat64 state;                                                             \
    if (result == 0 && is_ours_open(file, absolute) && fstat64(file, &state) == 0) { \
      put(S_ISDIR(state.st_mode) ? "Y" : "S", 1);                                    \
      if (S_ISDIR(state.st_mode))                                                    \
        put_path(absolute);                                                          \
      else                                                                           \
        put_number(state.st_ino);                                                    \
    }                                                                                \
    pthread_mutex_unlock(&lock);                                                     \
    return result;                                                                   \
  }
SYNC(fsync)
SYNC(fdatasync)

#define NAMED(NAME, PARAMETERS, ARGUMENTS, LETTER, PATH, ...) \
  int NAME PARAMETERS {                                       \
    char absolute[PATH_MAX], other[PATH_MAX];                 \
    (void)other;                                              \
    pthread_mutex_lock(&lock);                                \
    const int result = NEXT(NAME) ARGUMENTS;                  \
    const int failure = errno;                                \
    if (result == 0 && is_ours(PATH, absolute)) {             \
      put(LETTER, 1);                                         \
      put_path(absolute);                                     \
      __VA_ARGS__                                             \
    }                                                         \
    pthread_mutex_unlock(&lock);                              \
    errno = failure;                                          \
    return result;                                            \
  }
NAMED(rename, (const char* from, const char* to), (from, to), "M", from, is_ours(to, other); put_path(other);)
NAMED(link, (const char* from, const char* to), (from, to), "L", from, is_ours(to, other); put_path(other);)
NAMED(unlink, (const char* path), (path), "U", path, )
NAMED(mkdir, (const char* path, mode_t mode), (path, mode), "D", path, )
NAMED(rmdir, (const char* path), (path), "X", path, )

int remove(const char* path) {
  struct stat64 state;
  if (lstat64(path, &state) == 0 && S_ISDIR(state.st_mode)) return rmdir(path);
  return unlink(path);
}
