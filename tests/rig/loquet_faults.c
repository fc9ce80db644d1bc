/* A preload library that makes the system calls of a process fail as a sick machine's do.
 *
 * LOQUET_FAULTS names a file of struct page that the test has mapped, too: a switch is thrown and
 * seen by every process at once, without a word to any of them, and each call that was made to
 * fail is counted, so that a test can tell that its fault was met. LOQUET_FAULTS_FOLDER is the
 * disk that is sick; files elsewhere, sockets and pipes are served as ever.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum fault {
    DISK_FULL, SLOW_SYNC, HUNG_NAMES, NO_ROUTE, CLOCK_ADRIFT, HUNG_READS, CLOCK_JUMPED, FAULTS
};

struct page {
    uint32_t on[FAULTS];
    uint32_t met[FAULTS];
};

static struct page *page;
static char sick[PATH_MAX];
static size_t sick_length;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void map_page(void) {
    const char *path = getenv("LOQUET_FAULTS"), *folder = getenv("LOQUET_FAULTS_FOLDER");
    void *found;
    int fd;

    if (path == NULL || folder == NULL || strlen(folder) >= sizeof(sick)) return;
    strcpy(sick, folder);
    sick_length = strlen(folder);
    fd = REAL(open)(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    found = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (found != MAP_FAILED) page = found;
}

static int is_on(enum fault fault) {
    return page != NULL && __atomic_load_n(&page->on[fault], __ATOMIC_ACQUIRE) != 0;
}

/* Count a call that met this fault. */
static int met(enum fault fault) {
    __atomic_add_fetch(&page->met[fault], 1, __ATOMIC_RELEASE);
    return 1;
}

static int is_sick(const char *path) {
    return strncmp(path, sick, sick_length) == 0 && path[sick_length] == '/';
}

static int is_sick_file(int fd) {
    char name[32], path[PATH_MAX];
    ssize_t length;

    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    length = readlink(name, path, sizeof(path) - 1);
    if (length < 0) return 0;
    path[length] = '\0';
    return is_sick(path);
}

/* Wait as long as the fault lasts, `seconds` at most; 0 means without end. */
static void hang(enum fault fault, int seconds) {
    struct timespec pause = {0, 10 * 1000 * 1000};
    for (int turn = 0; is_on(fault) && (seconds == 0 || turn < seconds * 100); turn++)
        nanosleep(&pause, NULL);
}

/* A disk without a free block: ENOSPC (write(2), open(2), ftruncate(2)) */

static int has_no_room(int fd) {
    if (!is_on(DISK_FULL) || !is_sick_file(fd) || !met(DISK_FULL)) return 0;
    errno = ENOSPC;
    return 1;
}

#define WRITING(type, name, parameters, arguments)                                                 \
    type name parameters {                                                                         \
        if (has_no_room(fd)) return -1;                                                            \
        return REAL(name) arguments;                                                               \
    }

WRITING(ssize_t, write, (int fd, const void *data, size_t length), (fd, data, length))
WRITING(ssize_t, pwrite, (int fd, const void *data, size_t length, off_t at),
        (fd, data, length, at))
WRITING(ssize_t, pwrite64, (int fd, const void *data, size_t length, off64_t at),
        (fd, data, length, at))
WRITING(ssize_t, writev, (int fd, const struct iovec *parts, int count), (fd, parts, count))
WRITING(int, ftruncate, (int fd, off_t length), (fd, length))
WRITING(int, ftruncate64, (int fd, off64_t length), (fd, length))
WRITING(int, fallocate, (int fd, int mode, off_t at, off_t length), (fd, mode, at, length))

static int makes_file(const char *path, int flags) {
    if (!is_on(DISK_FULL) || !(flags & O_CREAT) || !is_sick(path) || access(path, F_OK) == 0)
        return 0;
    met(DISK_FULL);
    errno = ENOSPC;
    return 1;
}

#define OPENING(name)                                                                              \
    int name(const char *path, int flags, ...) {                                                   \
        va_list arguments;                                                                         \
        mode_t mode;                                                                               \
        if (makes_file(path, flags)) return -1;                                                    \
        va_start(arguments, flags);                                                                \
        mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, mode_t) : 0;                    \
        va_end(arguments);                                                                         \
        return REAL(name)(path, flags, mode);                                                      \
    }

OPENING(open)
OPENING(open64)

/* A card that is busy with itself: each sync takes five seconds */

static void sync_slowly(int fd) {
    if (is_on(SLOW_SYNC) && is_sick_file(fd) && met(SLOW_SYNC)) hang(SLOW_SYNC, 5);
}

int fsync(int fd) {
    sync_slowly(fd);
    return REAL(fsync)(fd);
}

int fdatasync(int fd) {
    sync_slowly(fd);
    return REAL(fdatasync)(fd);
}

/* A disk that never answers a read */

static void read_never(int fd) {
    if (is_on(HUNG_READS) && is_sick_file(fd) && met(HUNG_READS)) hang(HUNG_READS, 0);
}

ssize_t pread(int fd, void *data, size_t length, off_t at) {
    read_never(fd);
    return REAL(pread)(fd, data, length, at);
}

ssize_t pread64(int fd, void *data, size_t length, off64_t at) {
    read_never(fd);
    return REAL(pread64)(fd, data, length, at);
}

/* The network */

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                struct addrinfo **found) {
    if (is_on(HUNG_NAMES) && met(HUNG_NAMES)) hang(HUNG_NAMES, 0);
    return REAL(getaddrinfo)(host, service, hints, found);
}

int connect(int fd, const struct sockaddr *address, socklen_t length) {
    if (is_on(NO_ROUTE) && address->sa_family != AF_UNIX && met(NO_ROUTE)) {
        errno = ENETUNREACH;
        return -1;
    }
    return REAL(connect)(fd, address, length);
}

/* The clock: synchronised, whatever the machine of the test is, or not (adjtimex(2)) */

int adjtimex(struct timex *buffer) {
    int adrift = is_on(CLOCK_ADRIFT) && met(CLOCK_ADRIFT);
    memset(buffer, 0, sizeof(*buffer));
    buffer->status = adrift ? STA_UNSYNC : STA_PLL;
    return adrift ? TIME_ERROR : TIME_OK;
}

/* The wall clock, as many seconds off as its switch holds, in either direction (clock_gettime(2)) */

int clock_gettime(clockid_t clock, struct timespec *found) {
    static __typeof__(&clock_gettime) real;
    int result;

    if (real == NULL) real = REAL(clock_gettime);
    result = real(clock, found);
    if (result == 0 && clock == CLOCK_REALTIME && is_on(CLOCK_JUMPED) && met(CLOCK_JUMPED))
        found->tv_sec += (int32_t)__atomic_load_n(&page->on[CLOCK_JUMPED], __ATOMIC_ACQUIRE);
    return result;
}
