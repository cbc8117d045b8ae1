/* Four ADS1115 below Python: answers what a process asks of /dev/i2c-<n>, loaded into it with LD_PRELOAD.
 *
 * The codes come from a file of 16-bit numbers, sixteen for each tenth of a second, and repeat. Each transfer sleeps for its time
 * on the wire, a conversion takes 1/860 s and 25 us. What a reader must not do is counted, and all counts are in a file at the
 * end and every second: transfers, starts while a conversion runs, results read early, results read twice.
 *
 * ACUMAT_BUS_CODES: the file; ACUMAT_BUS_COUNTS: where the counts go; ACUMAT_BUS_HZ: the bus, 0 for one that takes no time, on
 * which conversions are over at once; ACUMAT_BUS_CLOCK: how much faster than its nominal rate the chips' clock runs, as a share.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DESCRIPTORS 1024
#define CHIPS 4
#define WAKE_S 25e-6
static const double RATES[8] = {8, 16, 32, 64, 128, 250, 475, 860};

struct chip {
    uint16_t registers[4];
    int pointer, converting, read_since;
    double ends_s;
    int16_t code;
};

static struct chip chips[CHIPS];
static char ours[DESCRIPTORS];
static int slave[DESCRIPTORS];
static unsigned long transfers, ignored, early, repeated;
static double bit_s, clock_share, zero_s;
static const int16_t *codes;
static long rows;
static volatile unsigned long *shared;

static double now_s(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec + at.tv_nsec * 1e-9;
}

__attribute__((constructor)) static void begin(void) {
    const char *hz = getenv("ACUMAT_BUS_HZ"), *share = getenv("ACUMAT_BUS_CLOCK"), *name = getenv("ACUMAT_BUS_CODES");
    double bus_hz = hz ? atof(hz) : 400000.0;
    bit_s = bus_hz > 0 ? 1 / bus_hz : 0;
    clock_share = share ? atof(share) : 0.0;
    zero_s = now_s();
    for (int i = 0; i < CHIPS; i++) {
        chips[i].registers[1] = 0x8583;
        chips[i].registers[2] = 0x8000;
        chips[i].registers[3] = 0x7fff;
    }
    int file = name ? open(name, O_RDONLY) : -1;
    struct stat facts;
    if (file >= 0 && fstat(file, &facts) == 0) {
        rows = facts.st_size / 32;
        codes = mmap(NULL, facts.st_size, PROT_READ, MAP_PRIVATE, file, 0);
        close(file);
    }
    const char *counts = getenv("ACUMAT_BUS_COUNTS");
    file = counts ? open(counts, O_RDWR | O_CREAT, 0600) : -1;
    if (file >= 0 && ftruncate(file, 4096) == 0) {
        shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        close(file);
    }
}

static void count(void) {
    if (!shared) return;
    shared[0] = transfers;
    shared[1] = ignored;
    shared[2] = early;
    shared[3] = repeated;
}

static void settle(struct chip *chip, double at_s) {
    if (!chip->converting || at_s < chip->ends_s) return;
    chip->converting = 0;
    chip->read_since = 0;
    chip->registers[0] = (uint16_t)chip->code;
}

static void written(int number, const uint8_t *data, int length, double at_s) {
    struct chip *chip = &chips[number];
    if (length) chip->pointer = data[0] & 3;
    if (length < 3 || chip->pointer == 0) return;
    uint16_t word = data[1] << 8 | data[2];
    if (chip->pointer != 1) {
        chip->registers[chip->pointer] = word;
        return;
    }
    settle(chip, at_s);
    chip->registers[1] = word & 0x7fff;
    if (!(word & 0x8000)) return;
    if (chip->converting) {
        ignored++;
        return;
    }
    int mux = word >> 12 & 7;
    long row = rows ? (long)((at_s - zero_s) * 10) % rows : 0;
    chip->code = rows && mux >= 4 ? codes[16 * row + 4 * number + mux - 4] : 0;
    chip->converting = 1;
    chip->ends_s = bit_s > 0 ? at_s + WAKE_S + 1 / (RATES[word >> 5 & 7] * (1 + clock_share)) : at_s;
}

static void given(int number, uint8_t *data, int length, double at_s) {
    struct chip *chip = &chips[number];
    settle(chip, at_s);
    uint16_t word = chip->registers[chip->pointer];
    if (chip->pointer == 1 && !chip->converting) word |= 0x8000;
    if (chip->pointer == 0) {
        if (chip->read_since) (*(chip->converting ? &early : &repeated))++;
        chip->read_since = 1;
    }
    for (int i = 0; i < length; i++) data[i] = i % 2 ? word & 0xff : word >> 8;
}

static int transfer(struct i2c_msg *messages, int number) {
    double bits = 1;
    for (int i = 0; i < number; i++) bits += 10 + 9 * messages[i].len;
    transfers++;
    struct timespec wire = {0, (long)(bits * bit_s * 1e9)};
    if (bit_s > 0) nanosleep(&wire, NULL);
    double at_s = now_s();
    for (int i = 0; i < number; i++) {
        int chip = messages[i].addr - 0x48;
        if (chip < 0 || chip >= CHIPS) {
            errno = EREMOTEIO;
            return -1;
        }
        bits -= 10 + 9 * messages[i].len;
        if (messages[i].flags & I2C_M_RD) {
            if (i != number - 1) {
                errno = EOPNOTSUPP;
                return -1;
            }
            given(chip, messages[i].buf, messages[i].len, at_s);
        } else {
            written(chip, messages[i].buf, messages[i].len, at_s - bits * bit_s);
        }
    }
    count();
    return number;
}

static int is_bus(const char *path) { return strncmp(path, "/dev/i2c-", 9) == 0; }

static int opened(const char *path, int flags, mode_t mode, const char *name) {
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, name);
    int descriptor = real(is_bus(path) ? "/dev/null" : path, flags, mode);
    if (descriptor >= 0 && descriptor < DESCRIPTORS) ours[descriptor] = is_bus(path);
    return descriptor;
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    return opened(path, flags, mode, "open");
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    return opened(path, flags, mode, "open64");
}

int close(int descriptor) {
    int (*real)(int) = dlsym(RTLD_NEXT, "close");
    if (descriptor >= 0 && descriptor < DESCRIPTORS) ours[descriptor] = 0;
    return real(descriptor);
}

int stat(const char *restrict path, struct stat *restrict facts) {
    int (*real)(const char *, struct stat *) = dlsym(RTLD_NEXT, "stat");
    return real(is_bus(path) ? "/dev/null" : path, facts);
}

int stat64(const char *restrict path, struct stat64 *restrict facts) {
    int (*real)(const char *, struct stat64 *) = dlsym(RTLD_NEXT, "stat64");
    return real(is_bus(path) ? "/dev/null" : path, facts);
}

int ioctl(int descriptor, unsigned long request, ...) {
    va_list more;
    va_start(more, request);
    void *argument = va_arg(more, void *);
    va_end(more);
    if (descriptor < 0 || descriptor >= DESCRIPTORS || !ours[descriptor]) {
        int (*real)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
        return real(descriptor, request, argument);
    }
    if (request == I2C_RDWR) {
        struct i2c_rdwr_ioctl_data *data = argument;
        return transfer(data->msgs, data->nmsgs);
    }
    if (request == I2C_SLAVE) {
        slave[descriptor] = (int)(long)argument;
        return 0;
    }
    errno = EINVAL;
    return -1;
}

ssize_t write(int descriptor, const void *data, size_t length) {
    if (descriptor < 0 || descriptor >= DESCRIPTORS || !ours[descriptor]) {
        ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
        return real(descriptor, data, length);
    }
    struct i2c_msg message = {slave[descriptor], 0, length, (uint8_t *)data};
    return transfer(&message, 1) < 0 ? -1 : (ssize_t)length;
}

ssize_t read(int descriptor, void *data, size_t length) {
    if (descriptor < 0 || descriptor >= DESCRIPTORS || !ours[descriptor]) {
        ssize_t (*real)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
        return real(descriptor, data, length);
    }
    struct i2c_msg message = {slave[descriptor], I2C_M_RD, length, data};
    return transfer(&message, 1) < 0 ? -1 : (ssize_t)length;
}
