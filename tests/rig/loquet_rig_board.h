/* The way to the board: the requests of loquet_edge/simulation/rig_session.py, the connection that
 * the threads of a process share, and which descriptors are ours. Part of loquet_rig.c.
 */
#ifndef LOQUET_RIG_BOARD_H
#define LOQUET_RIG_BOARD_H

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_FD 4096
#define MAX_SPI_BYTES 4096 /* spidev's own default for one message (bufsiz) */

enum operation { LINE_INFO = 1, GET_LINES, GET_VALUES, SET_VALUES, SET_CONFIG, SPI_TRANSFER };
enum kind { NOT_OURS, CHIP, LINES, SPI };

struct request_header {
    uint8_t operation, padding;
    uint16_t argument;
    uint32_t length;
} __attribute__((packed));

struct answer_header {
    int32_t result;
    uint32_t length;
} __attribute__((packed));

struct descriptor {
    enum kind kind;
    uint32_t handle;
    uint16_t place; /* bus << 8 | device */
    uint32_t mode, speed;
    uint8_t bits;
};

static struct descriptor descriptors[MAX_FD];
static pthread_mutex_t control_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t spi_lock = PTHREAD_MUTEX_INITIALIZER;
static int control_fd = -1;
static pid_t control_pid;
static pid_t descriptors_pid;

#define REAL(name) ((__typeof__(&name))real(#name, &real_##name))
static void *real_close;

static void *real(const char *name, void **cache) {
    if (*cache == NULL) *cache = dlsym(RTLD_NEXT, name);
    return *cache;
}

static struct descriptor *ours(int fd) {
    if (fd < 0 || fd >= MAX_FD || descriptors[fd].kind == NOT_OURS) return NULL;
    return &descriptors[fd];
}

static int connect_board(void) {
    const char *path = getenv("LOQUET_RIG_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd, saved;

    if (path == NULL || strlen(path) >= sizeof(address.sun_path)) {
        errno = ENOENT;
        return -1;
    }
    strcpy(address.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (fd >= MAX_FD || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        saved = fd >= MAX_FD ? EMFILE : errno;
        REAL(close)(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

static int send_all(int fd, const void *data, size_t length) {
    const char *at = data;
    while (length > 0) {
        ssize_t sent = send(fd, at, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return -1;
        at += sent;
        length -= (size_t)sent;
    }
    return 0;
}

static int receive_all(int fd, void *data, size_t length) {
    char *at = data;
    while (length > 0) {
        ssize_t got = recv(fd, at, length, MSG_WAITALL);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return -1;
        at += got;
        length -= (size_t)got;
    }
    return 0;
}

/* One request and its answer on a connection; 0, or -1 with errno as an ioctl would set it. */
static int exchange(int fd, enum operation operation, uint16_t argument, const void *body,
                    uint32_t length, void *answer, uint32_t capacity) {
    static _Thread_local char frame[sizeof(struct request_header) + MAX_SPI_BYTES];
    struct request_header header = {operation, 0, argument, length};
    struct answer_header reply;

    if (length > MAX_SPI_BYTES) {
        errno = EMSGSIZE;
        return -1;
    }
    memcpy(frame, &header, sizeof(header));
    if (length > 0) memcpy(frame + sizeof(header), body, length);
    if (send_all(fd, frame, sizeof(header) + length) < 0 ||
        receive_all(fd, &reply, sizeof(reply)) < 0 || reply.length > capacity ||
        (reply.length > 0 && receive_all(fd, answer, reply.length) < 0)) {
        errno = ENODEV;
        return -1;
    }
    if (reply.result < 0) {
        errno = -reply.result;
        return -1;
    }
    return 0;
}

/* A request on the connection that all threads of this process share. */
static int ask(enum operation operation, uint16_t argument, const void *body, uint32_t length,
               void *answer, uint32_t capacity) {
    int result = -1, saved;

    pthread_mutex_lock(&control_lock);
    if (control_fd < 0 || control_pid != getpid()) {
        control_fd = connect_board();
        control_pid = getpid();
    }
    if (control_fd >= 0) {
        result = exchange(control_fd, operation, argument, body, length, answer, capacity);
        if (result < 0 && errno == ENODEV) {
            REAL(close)(control_fd);
            control_fd = -1;
            errno = ENODEV;
        }
    }
    saved = errno;
    pthread_mutex_unlock(&control_lock);
    errno = saved;
    return result;
}

static struct descriptor *adopt(int fd, enum kind kind) {
    descriptors_pid = getpid();
    memset(&descriptors[fd], 0, sizeof(descriptors[fd]));
    descriptors[fd].kind = kind;
    return &descriptors[fd];
}

#endif
