// SPDX-License-Identifier: MIT
/*
 * The port as a byte stream with deadlines.
 *
 * A virtio-serial port (Linux drivers/char/virtio_console.c) reports POLLHUP
 * and reads as empty while its host end is closed, and can be opened only
 * once at a time: EBUSY means that another supplicant still has it.
 */
#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "port.h"

/*
 * How long the port may take to appear: udev makes its name, and the host's
 * connection is announced a moment after the port.
 */
#define APPEAR_LIMIT_MS	5000
#define RETRY_MS	20

int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void pause_ms(long milliseconds)
{
	struct timespec time = { 0, milliseconds * 1000000 };

	nanosleep(&time, NULL);
}

/* Waits for the events. POLLHUP counts only when nothing else is reported. */
static int wait_for(int port, short events, int64_t deadline)
{
	struct pollfd entry = { .fd = port, .events = events };

	for (;;) {
		int64_t left = deadline - now_ms();
		int count = 0;

		if (left <= 0) {
			return -ETIMEDOUT;
		}
		count = poll(&entry, 1, (int)left);
		if (count < 0 && errno != EINTR) {
			return -errno;
		}
		if (count > 0) {
			return entry.revents & events ? 0 : -ENOTCONN;
		}
	}
}

int port_open(int64_t deadline)
{
	int64_t appear_deadline = now_ms() + APPEAR_LIMIT_MS;

	for (;;) {
		int port = port_open_once();

		if (port >= 0) {
			int result = wait_for(port, POLLOUT, deadline);

			if (!result) {
				return port;
			}
			close(port);
			port = result;
		}
		if (now_ms() >= (port == -EBUSY ? deadline : appear_deadline)) {
			return port;
		}
		pause_ms(RETRY_MS);
	}
}

int port_write(int port, const void *data, size_t size, int64_t deadline)
{
	const uint8_t *bytes = data;

	while (size > 0) {
		ssize_t count = write(port, bytes, size);

		if (count > 0) {
			bytes += count;
			size -= (size_t)count;
		} else if (count < 0 && errno == EAGAIN) {
			int result = wait_for(port, POLLOUT, deadline);

			if (result) {
				return result;
			}
		} else if (count == 0 || errno != EINTR) {
			return count == 0 ? -EIO : -errno;
		}
	}
	return 0;
}

ssize_t port_read(int port, void *data, size_t size, int64_t deadline)
{
	for (;;) {
		ssize_t count = read(port, data, size);

		if (count > 0) {
			return count;
		}
		if (count == 0) {
			return -ENOTCONN;
		}
		if (errno == EAGAIN) {
			int result = wait_for(port, POLLIN, deadline);

			if (result) {
				return result;
			}
		} else if (errno != EINTR) {
			return -errno;
		}
	}
}
