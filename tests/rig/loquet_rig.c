/* A preload library that serves /dev/gpiochip0 and /dev/spidevB.D from a simulated board.
 *
 * Unmodified lgpio, gpiozero and spidev run on it: each open, ioctl, read or write on these paths
 * becomes a request on the Unix socket named by LOQUET_RIG_SOCKET (the protocol is described in
 * loquet_edge/simulation/rig_session.py). Requested lines are a socket of their own on which the
 * board writes struct gpio_v2_line_event, so that poll, select and read need no interposition, and
 * which the kernel closes when the process dies, however it dies. Also answers what identifies a
 * Raspberry Pi 4 (revision c03114). Every other path and descriptor goes straight to libc.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "loquet_rig_devices.h"

/* Paths */

static void *real_open, *real_openat, *real_ioctl, *real_read, *real_write;
static void *real_stat, *real_lstat, *real_fstatat, *real_access, *real_faccessat;

static int open_text(const void *text, size_t length) {
    int fd = memfd_create("loquet-rig", MFD_CLOEXEC);
    if (fd >= 0 && (REAL(write)(fd, text, length) < 0 || lseek(fd, 0, SEEK_SET) < 0)) {
        REAL(close)(fd);
        return -1;
    }
    return fd;
}

static int spi_place(const char *path, uint16_t *place) {
    unsigned bus, device;
    int end = 0;
    if (sscanf(path, "/dev/spidev%u.%u%n", &bus, &device, &end) != 2 || path[end] != '\0') return 0;
    *place = (uint16_t)(bus << 8 | (device & 0xFF));
    return bus <= 1 && device <= 2;
}

static int is_device(const char *path) {
    uint16_t place;
    return path != NULL && strncmp(path, "/dev/", 5) == 0 && getenv("LOQUET_RIG_SOCKET") != NULL &&
           (strcmp(path, "/dev/gpiochip0") == 0 || spi_place(path, &place));
}

/* A descriptor for a path of ours; -1 with errno; -2 when the path is not ours. */
static int open_ours(const char *path) {
    static const char revision[] = {0x00, (char)0xC0, 0x31, 0x14};
    static const char model[] = "Raspberry Pi 4 Model B Rev 1.4";
    static const char cpuinfo[] =
        "Hardware\t: BCM2711\nRevision\t: c03114\nModel\t\t: Raspberry Pi 4 Model B Rev 1.4\n";
    struct descriptor *descriptor;
    int fd;

    if (path == NULL || getenv("LOQUET_RIG_SOCKET") == NULL) return -2;
    if (strcmp(path, "/proc/device-tree/system/linux,revision") == 0)
        return open_text(revision, sizeof(revision));
    if (strcmp(path, "/proc/device-tree/model") == 0) return open_text(model, sizeof(model));
    if (strcmp(path, "/proc/cpuinfo") == 0) return open_text(cpuinfo, sizeof(cpuinfo) - 1);
    if (!is_device(path)) return -2;
    fd = connect_board();
    if (fd < 0) return -1;
    descriptor = adopt(fd, strncmp(path, "/dev/spidev", 11) == 0 ? SPI : CHIP);
    if (descriptor->kind == SPI) {
        spi_place(path, &descriptor->place);
        descriptor->bits = 8;
        descriptor->speed = 125000000; /* what the Pi's controller reports at first */
    }
    return fd;
}

static int fill_stat(struct stat *status) {
    memset(status, 0, sizeof(*status));
    status->st_mode = S_IFCHR | 0660;
    status->st_uid = geteuid();
    status->st_gid = getegid();
    status->st_nlink = 1;
    status->st_rdev = makedev(254, 0);
    return 0;
}

/* What libc's callers reach instead */

static mode_t mode_of(int flags, va_list arguments) {
    return flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

#define OPEN(symbol)                                                                               \
    int symbol(const char *path, int flags, ...) {                                                 \
        va_list arguments;                                                                         \
        mode_t mode;                                                                               \
        int fd = open_ours(path);                                                                  \
        if (fd != -2) return fd;                                                                   \
        va_start(arguments, flags);                                                                \
        mode = mode_of(flags, arguments);                                                          \
        va_end(arguments);                                                                         \
        return REAL(open)(path, flags, mode);                                                      \
    }

#define OPENAT(symbol)                                                                             \
    int symbol(int folder, const char *path, int flags, ...) {                                     \
        va_list arguments;                                                                         \
        mode_t mode;                                                                               \
        int fd = open_ours(path);                                                                  \
        if (fd != -2) return fd;                                                                   \
        va_start(arguments, flags);                                                                \
        mode = mode_of(flags, arguments);                                                          \
        va_end(arguments);                                                                         \
        return REAL(openat)(folder, path, flags, mode);                                            \
    }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

int __open_2(const char *path, int flags) { return open(path, flags); }
int __open64_2(const char *path, int flags) { return open(path, flags); }

int close(int fd) {
    /* A vfork child closes its copies in our memory: only the owner forgets. */
    if (ours(fd) != NULL && descriptors_pid == getpid()) descriptors[fd].kind = NOT_OURS;
    return REAL(close)(fd);
}

int ioctl(int fd, unsigned long request, ...) {
    struct descriptor *descriptor = ours(fd);
    va_list arguments;
    void *argument;

    va_start(arguments, request);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    if (descriptor == NULL) return REAL(ioctl)(fd, request, argument);
    if (descriptor->kind == SPI) return spi_ioctl(fd, request, argument);
    return gpio_ioctl(descriptor, request, argument);
}

ssize_t read(int fd, void *data, size_t length) {
    static const uint8_t zeros[MAX_SPI_BYTES];
    struct descriptor *descriptor = ours(fd);

    if (descriptor == NULL || descriptor->kind != SPI) return REAL(read)(fd, data, length);
    if (length > MAX_SPI_BYTES) length = MAX_SPI_BYTES;
    return spi_exchange(fd, zeros, data, length) < 0 ? -1 : (ssize_t)length;
}

ssize_t write(int fd, const void *data, size_t length) {
    uint8_t ignored[MAX_SPI_BYTES];
    struct descriptor *descriptor = ours(fd);

    if (descriptor == NULL || descriptor->kind != SPI) return REAL(write)(fd, data, length);
    if (length > MAX_SPI_BYTES) length = MAX_SPI_BYTES;
    return spi_exchange(fd, data, ignored, length) < 0 ? -1 : (ssize_t)length;
}

#define STAT(symbol, type, fallback)                                                               \
    int symbol(const char *path, type *status) {                                                   \
        if (is_device(path)) return fill_stat((struct stat *)status);                              \
        return REAL(fallback)(path, (struct stat *)status);                                        \
    }

/* On 64-bit Linux struct stat and struct stat64 are the same bytes. */
STAT(stat, struct stat, stat)
STAT(stat64, struct stat64, stat)
STAT(lstat, struct stat, lstat)
STAT(lstat64, struct stat64, lstat)

int fstatat(int folder, const char *path, struct stat *status, int flags) {
    if (is_device(path)) return fill_stat(status);
    return REAL(fstatat)(folder, path, status, flags);
}

int fstatat64(int folder, const char *path, struct stat64 *status, int flags) {
    return fstatat(folder, path, (struct stat *)status, flags);
}

int access(const char *path, int wanted) {
    return is_device(path) ? 0 : REAL(access)(path, wanted);
}

int faccessat(int folder, const char *path, int wanted, int flags) {
    return is_device(path) ? 0 : REAL(faccessat)(folder, path, wanted, flags);
}
