// SPDX-License-Identifier: MIT
#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Milliseconds of the monotonic clock. */
int64_t now_ms(void);

/*
 * A byte stream to the TPM. All functions return 0 or a number of bytes, or a
 * negative errno: -ETIMEDOUT when the deadline (now_ms) has passed,
 * -ENOTCONN when the host end is closed.
 */

/* Opens the port, waiting for it and for its host end. Returns a descriptor. */
int port_open(int64_t deadline);

/* Writes everything. */
int port_write(int port, const void *data, size_t size, int64_t deadline);

/* Reads 1 to size bytes. */
ssize_t port_read(int port, void *data, size_t size, int64_t deadline);

/*
 * How a descriptor is made: open(2) of the virtio-serial port, or, in the
 * tests, connect(2) to a socket. Returns a non-blocking, close-on-exec
 * descriptor or a negative errno.
 */
int port_open_once(void);

#endif
