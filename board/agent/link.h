// SPDX-License-Identifier: MIT
/*
 * The link to the host: frames over a virtio-serial port that may come and go.
 *
 * Frames that wait (outgoing.h) go on waiting while the host is away.
 */
#ifndef LINK_H
#define LINK_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame {
	uint32_t id;
	uint8_t type;
	const uint8_t *payload;
	size_t size;
};

typedef void frame_handler(const struct frame *frame);

/*
 * The handler gets each frame that the host sends after HELLO. It may queue up
 * to LINK_REPLY_ROOM bytes of frames (outgoing.h) each time.
 */
#define LINK_REPLY_ROOM	4096

/* Port: name of a virtio-serial port, or path of a Unix socket (for tests). */
void link_start(const char *port, frame_handler *handler);

/* What to poll for. fd is -1 while there is nothing to wait for. */
struct pollfd link_poll_entry(void);

/* Does the link have to be looked at again soon, although nothing is polled? */
bool link_needs_retry(void);
#define LINK_RETRY_MS	100

/* Opens, receives, sends: whatever is possible now. Never blocks. */
void link_work(short revents);

#endif
