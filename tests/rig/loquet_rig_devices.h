/* What the ioctls of a GPIO chip, of requested lines and of an SPI device do: <linux/gpio.h> and
 * <linux/spi/spidev.h>, each turned into a request to the board. Part of loquet_rig.c.
 */
#ifndef LOQUET_RIG_DEVICES_H
#define LOQUET_RIG_DEVICES_H

#include <linux/gpio.h>
#include <linux/spi/spidev.h>
#include <sys/ioctl.h>

#include "loquet_rig_board.h"

#define LINES_OF_CHIP 58 /* BCM2711 */

/* GPIO */

static int chip_info(struct gpiochip_info *info) {
    memset(info, 0, sizeof(*info));
    strcpy(info->name, "gpiochip0");
    strcpy(info->label, "pinctrl-bcm2711");
    info->lines = LINES_OF_CHIP;
    return 0;
}

static int line_info(struct gpio_v2_line_info *info) {
    struct {
        char name[32], consumer[32];
        uint64_t flags;
    } __attribute__((packed)) told;
    uint32_t offset = info->offset;

    if (ask(LINE_INFO, (uint16_t)offset, NULL, 0, &told, sizeof(told)) < 0) return -1;
    memset(info, 0, sizeof(*info));
    info->offset = offset;
    memcpy(info->name, told.name, sizeof(info->name));
    memcpy(info->consumer, told.consumer, sizeof(info->consumer));
    info->flags = told.flags;
    return 0;
}

static int get_lines(struct gpio_v2_line_request *request) {
    uint32_t handle;
    int saved, fd = connect_board();

    if (fd < 0) return -1;
    if (exchange(fd, GET_LINES, 0, request, sizeof(*request), &handle, sizeof(handle)) < 0) {
        saved = errno;
        REAL(close)(fd);
        errno = saved;
        return -1;
    }
    adopt(fd, LINES)->handle = handle;
    request->fd = fd;
    return 0;
}

static int line_values(uint32_t handle, enum operation operation, struct gpio_v2_line_values *values) {
    struct {
        uint32_t handle;
        uint64_t bits, mask;
    } __attribute__((packed)) body = {handle, values->bits, values->mask};
    uint64_t bits = 0;

    if (ask(operation, 0, &body, sizeof(body), &bits, sizeof(bits)) < 0) return -1;
    if (operation == GET_VALUES) values->bits = bits;
    return 0;
}

static int set_config(uint32_t handle, const struct gpio_v2_line_config *config) {
    struct {
        uint32_t handle;
        struct gpio_v2_line_config config;
    } __attribute__((packed)) body = {handle, *config};
    return ask(SET_CONFIG, 0, &body, sizeof(body), NULL, 0);
}

static int gpio_ioctl(struct descriptor *descriptor, unsigned long request, void *argument) {
    if (descriptor->kind == CHIP) {
        if (request == GPIO_GET_CHIPINFO_IOCTL) return chip_info(argument);
        if (request == GPIO_V2_GET_LINEINFO_IOCTL) return line_info(argument);
        if (request == GPIO_V2_GET_LINEINFO_WATCH_IOCTL) return line_info(argument);
        if (request == GPIO_GET_LINEINFO_UNWATCH_IOCTL) return 0;
        if (request == GPIO_V2_GET_LINE_IOCTL) return get_lines(argument);
    } else {
        if (request == GPIO_V2_LINE_GET_VALUES_IOCTL)
            return line_values(descriptor->handle, GET_VALUES, argument);
        if (request == GPIO_V2_LINE_SET_VALUES_IOCTL)
            return line_values(descriptor->handle, SET_VALUES, argument);
        if (request == GPIO_V2_LINE_SET_CONFIG_IOCTL)
            return set_config(descriptor->handle, argument);
    }
    errno = ENOTTY;
    return -1;
}

/* SPI */

static int spi_exchange(int fd, const uint8_t *tx, uint8_t *rx, size_t length) {
    int result, saved;

    pthread_mutex_lock(&spi_lock);
    result = exchange(fd, SPI_TRANSFER, descriptors[fd].place, tx, (uint32_t)length, rx,
                      (uint32_t)length);
    saved = errno;
    pthread_mutex_unlock(&spi_lock);
    errno = saved;
    return result;
}

/* Segments of one message share a chip select, unless cs_change lifts it between two of them. */
static int spi_message(int fd, const struct spi_ioc_transfer *segments, size_t count) {
    static _Thread_local uint8_t tx[MAX_SPI_BYTES], rx[MAX_SPI_BYTES];
    size_t first = 0, length = 0, total = 0;

    for (size_t i = 0; i < count; i++) {
        if (length + segments[i].len > MAX_SPI_BYTES) {
            errno = EMSGSIZE;
            return -1;
        }
        if (segments[i].tx_buf)
            memcpy(tx + length, (void *)(uintptr_t)segments[i].tx_buf, segments[i].len);
        else
            memset(tx + length, 0, segments[i].len);
        length += segments[i].len;
        if (i + 1 < count && !segments[i].cs_change) continue;
        if (spi_exchange(fd, tx, rx, length) < 0) return -1;
        for (size_t at = 0; first <= i; at += segments[first++].len)
            if (segments[first].rx_buf)
                memcpy((void *)(uintptr_t)segments[first].rx_buf, rx + at, segments[first].len);
        total += length;
        length = 0;
    }
    return (int)total;
}

static int spi_ioctl(int fd, unsigned long request, void *argument) {
    struct descriptor *spi = &descriptors[fd];

    if (_IOC_TYPE(request) != SPI_IOC_MAGIC) {
        errno = ENOTTY;
        return -1;
    }
    if (_IOC_NR(request) == 0 && _IOC_DIR(request) == _IOC_WRITE)
        return spi_message(fd, argument, _IOC_SIZE(request) / sizeof(struct spi_ioc_transfer));
    switch (request) {
    case SPI_IOC_RD_MODE: *(uint8_t *)argument = (uint8_t)spi->mode; return 0;
    case SPI_IOC_WR_MODE: spi->mode = *(uint8_t *)argument; return 0;
    case SPI_IOC_RD_MODE32: *(uint32_t *)argument = spi->mode; return 0;
    case SPI_IOC_WR_MODE32: spi->mode = *(uint32_t *)argument; return 0;
    case SPI_IOC_RD_LSB_FIRST: *(uint8_t *)argument = 0; return 0;
    case SPI_IOC_WR_LSB_FIRST: return 0;
    case SPI_IOC_RD_BITS_PER_WORD: *(uint8_t *)argument = spi->bits; return 0;
    case SPI_IOC_WR_BITS_PER_WORD: spi->bits = *(uint8_t *)argument; return 0;
    case SPI_IOC_RD_MAX_SPEED_HZ: *(uint32_t *)argument = spi->speed; return 0;
    case SPI_IOC_WR_MAX_SPEED_HZ: spi->speed = *(uint32_t *)argument; return 0;
    }
    errno = ENOTTY;
    return -1;
}

#endif
