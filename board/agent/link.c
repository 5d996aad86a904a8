// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bytes.h"
#include "link.h"
#include "outgoing.h"
#include "protocol.h"
#include "ready.h"
#include "virtio_port.h"

/* So often, LINK_RETRY_MS apart, a HELLO waits for its connection. */
#define GREETING_RETRIES	10

static struct {
	const char *port;
	frame_handler *handler;
	int fd;			/* -1: not open */
	bool host_is_there;
	bool greeted;		/* HELLO has come */
	bool just_greeted;	/* in this call of link_work */
	int retries;		/* since a HELLO came without its connection */
	bool out_of_step;	/* drop input until the host leaves */

	uint8_t incoming[HEADER_SIZE + PAYLOAD_MAX];
	size_t incoming_used;

	/* Overtakes the outgoing frames. */
	uint8_t ready[READY_SIZE];
	size_t ready_left;
} self = { .fd = -1 };

void link_start(const char *port, frame_handler *handler)
{
	self.port = port;
	self.handler = handler;
	ready_make(self.ready);
}

/* ---- connection ------------------------------------------------------- */

static int connect_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", self.port);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address,
			       sizeof(address)) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool is_socket(void)
{
	return self.port[0] == '/';
}

static void open_link(void)
{
	self.fd = is_socket() ? connect_socket() : virtio_port_open(self.port);
}

static void host_left(void)
{
	self.host_is_there = false;
	self.greeted = false;
	self.out_of_step = false;
	self.incoming_used = 0;
	self.ready_left = 0;
	outgoing_rewind();
}

static void close_link(void)
{
	host_left();
	close(self.fd);
	self.fd = -1;
}

/*
 * The host's end is closed, or was. The bytes of the next connection may overtake
 * the news that it is open, so a HELLO that has just been read belongs to it.
 */
static void end_of_input(void)
{
	if (is_socket()) {
		close_link();
	} else if (self.just_greeted) {
		self.host_is_there = false;
		self.retries = 0;
		outgoing_rewind();
	} else {
		host_left();
	}
}

/* A virtio-serial port reports POLLHUP while its host end is closed. */
static void look_for_host(void)
{
	struct pollfd entry = { .fd = self.fd };

	self.host_is_there = poll(&entry, 1, 0) >= 0 &&
			     !(entry.revents & POLLHUP);
	if (!self.host_is_there && self.greeted &&
	    ++self.retries > GREETING_RETRIES) {
		host_left();
	}
}

/* ---- receiving -------------------------------------------------------- */

static void handle_hello(const struct frame *frame)
{
	bool is_half_sent = self.ready_left % READY_SIZE > 0;

	if (frame->size != NONCE_SIZE || is_half_sent) {
		return;
	}
	ready_set_nonce(self.ready, frame->payload);
	self.ready_left = READY_SIZE;
	self.greeted = true;
	self.just_greeted = true;
}

static void handle(const struct frame *frame)
{
	if (frame->type == FRAME_HELLO) {
		handle_hello(frame);
	} else if (self.greeted) {
		self.handler(frame);
	}
}

static void lose_step(size_t frame_size)
{
	self.out_of_step = true;
	if (self.greeted) {
		outgoing_queue_error(0, 0, "frame of %zu bytes, limit %d",
				     frame_size, PAYLOAD_MAX);
	}
}

/* Handles the whole frames received, as far as replies have room. */
static void handle_incoming(void)
{
	size_t start = 0;

	while (!self.out_of_step &&
	       self.incoming_used - start >= HEADER_SIZE &&
	       outgoing_room() >= LINK_REPLY_ROOM) {
		const uint8_t *header = self.incoming + start;
		struct frame frame = {
			.id = (uint32_t)get_le(header + 4, 4),
			.type = header[8],
			.payload = header + HEADER_SIZE,
			.size = get_le(header, 4),
		};

		if (frame.size > PAYLOAD_MAX) {
			lose_step(frame.size);
			break;
		}
		if (self.incoming_used - start < HEADER_SIZE + frame.size) {
			break;
		}
		handle(&frame);
		start += HEADER_SIZE + frame.size;
	}
	if (self.out_of_step) {
		start = self.incoming_used;
	}
	if (start > 0) {
		self.incoming_used -= start;
		memmove(self.incoming, self.incoming + start,
			self.incoming_used);
	}
}

static bool wants_input(void)
{
	return self.incoming_used < sizeof(self.incoming) &&
	       outgoing_room() >= LINK_REPLY_ROOM;
}

static void receive(void)
{
	while (wants_input()) {
		ssize_t count = read(self.fd, self.incoming + self.incoming_used,
				     sizeof(self.incoming) - self.incoming_used);

		if (count > 0) {
			self.incoming_used += (size_t)count;
			handle_incoming();
		} else if (count == 0) {
			end_of_input();
			return;
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != EINTR) {
			close_link();
			return;
		}
	}
}

/* ---- sending ---------------------------------------------------------- */

/* Returns bytes written, 0 when no more can be written for now. */
static size_t send_bytes(const uint8_t *bytes, size_t size)
{
	ssize_t count = write(self.fd, bytes, size);

	if (count < 0 && errno != EAGAIN && errno != EINTR) {
		close_link();
	}
	return count > 0 ? (size_t)count : 0;
}

static bool send_ready(void)
{
	size_t count = send_bytes(self.ready + READY_SIZE - self.ready_left,
				  self.ready_left);

	self.ready_left -= count;
	return count > 0;
}

static bool send_first_frame(void)
{
	const uint8_t *bytes = NULL;
	size_t left = outgoing_first(&bytes);
	size_t count = send_bytes(bytes, left);

	outgoing_sent(count);
	return count > 0;
}

static bool has_output(void)
{
	const uint8_t *bytes = NULL;

	return self.greeted &&
	       (self.ready_left > 0 || outgoing_first(&bytes) > 0);
}

static void send_waiting(void)
{
	bool went = true;

	while (went && has_output()) {
		went = self.ready_left > 0 && !outgoing_is_inside_frame() ?
		       send_ready() : send_first_frame();
	}
}

struct pollfd link_poll_entry(void)
{
	struct pollfd entry = { .fd = -1 };

	if (self.host_is_there) {
		entry.fd = self.fd;
		entry.events = (short)((wants_input() ? POLLIN : 0) |
				       (has_output() ? POLLOUT : 0));
	}
	return entry;
}

bool link_needs_retry(void)
{
	return !self.host_is_there;
}

void link_work(short revents)
{
	if (self.fd < 0) {
		open_link();
	}
	if (self.fd >= 0 && !self.host_is_there) {
		look_for_host();
	}
	if (!self.host_is_there) {
		return;
	}
	self.just_greeted = false;
	handle_incoming();
	receive();
	if (self.host_is_there && revents & (POLLHUP | POLLERR)) {
		end_of_input();
	} else if (self.host_is_there) {
		send_waiting();
	}
}
