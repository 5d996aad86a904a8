// SPDX-License-Identifier: MIT
/* The frames that wait for the host. */
#ifndef OUTGOING_H
#define OUTGOING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void frame_put_header(uint8_t *header, uint8_t type, uint32_t id, size_t size);

/* Bytes, headers included, that can be queued now. */
size_t outgoing_room(void);

/* Queues a frame. The caller has checked outgoing_room(). */
void outgoing_queue(uint8_t type, uint32_t id, const void *payload,
		    size_t size);

void outgoing_queue_exit(uint32_t id, int32_t code);

/* Queues ERROR: a printf text of up to 200 bytes about a frame of this type. */
void outgoing_queue_error(uint32_t id, uint8_t failed_type, const char *format,
			  ...) __attribute__((format(printf, 3, 4)));

/* What is left to send of the first frame; returns its size, 0 if none waits. */
size_t outgoing_first(const uint8_t **bytes);

/* Notes that so many bytes of the first frame were sent. */
void outgoing_sent(size_t count);

bool outgoing_is_inside_frame(void);

/* A new connection begins: the first frame is sent from its start again. */
void outgoing_rewind(void);

#endif
