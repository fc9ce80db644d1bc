/* A preload library that kills its process at the n-th system call that changes a file.
 *
 * A program that is laid over with it calls `loquet_kill_at` in a child, and does there what is to
 * be interrupted: the child dies by SIGKILL before the n-th such call on a file in the folder, or,
 * where half is asked for and the call writes, when half of the bytes are written. Counting begins
 * anew with each call of it; `loquet_calls` says how many there were, for a run that is not killed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char watched[PATH_MAX];
static size_t watched_length;
static long kill_at, calls;
static int in_half;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Die at the n-th call from now, 0 for never; `half`: in the middle of what it writes. */
void loquet_kill_at(const char *folder, long number, int half) {
    strncpy(watched, folder, sizeof(watched) - 1);
    watched_length = strlen(watched);
    in_half = half;
    __atomic_store_n(&calls, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&kill_at, number, __ATOMIC_SEQ_CST);
}

long loquet_calls(void) { return __atomic_load_n(&calls, __ATOMIC_SEQ_CST); }

static int is_watched(const char *path) {
    return watched_length && strncmp(path, watched, watched_length) == 0 &&
           path[watched_length] == '/';
}

static int is_watched_file(int fd) {
    char name[32], path[PATH_MAX];
    ssize_t length;

    if (!watched_length) return 0;
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    length = readlink(name, path, sizeof(path) - 1);
    if (length < 0) return 0;
    path[length] = '\0';
    return is_watched(path);
}

/* True at the call at which the process is to die. */
static int is_last(void) {
    return __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST) == kill_at;
}

static void die(void) { kill(getpid(), SIGKILL); }

#define WRITING(type, name, parameters, whole, part)                                               \
    type name parameters {                                                                         \
        if (is_watched_file(fd) && is_last()) {                                                    \
            if (in_half) REAL(name) part;                                                          \
            die();                                                                                 \
        }                                                                                          \
        return REAL(name) whole;                                                                   \
    }

WRITING(ssize_t, write, (int fd, const void *data, size_t length), (fd, data, length),
        (fd, data, length / 2))
WRITING(ssize_t, pwrite, (int fd, const void *data, size_t length, off_t at),
        (fd, data, length, at), (fd, data, length / 2, at))
WRITING(ssize_t, pwrite64, (int fd, const void *data, size_t length, off64_t at),
        (fd, data, length, at), (fd, data, length / 2, at))

#define CHANGING(name, parameters, arguments)                                                      \
    int name parameters {                                                                          \
        if (is_watched_file(fd) && is_last()) die();                                               \
        return REAL(name) arguments;                                                               \
    }

CHANGING(fsync, (int fd), (fd))
CHANGING(fdatasync, (int fd), (fd))
CHANGING(ftruncate, (int fd, off_t length), (fd, length))
CHANGING(ftruncate64, (int fd, off64_t length), (fd, length))

int unlink(const char *path) {
    if (is_watched(path) && is_last()) die();
    return REAL(unlink)(path);
}

int rename(const char *from, const char *to) {
    if (is_watched(from) && is_last()) die();
    return REAL(rename)(from, to);
}
