// SPDX-License-Identifier: MIT
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "outgoing.h"
#include "protocol.h"

#define CAPACITY	(512 * 1024)
#define ERROR_TEXT_MAX	200

/* Whole frames, one after the other, from start on. */
static uint8_t frames[CAPACITY];
static size_t start;
static size_t used;
static size_t sent;		/* bytes of the first frame */

size_t outgoing_room(void)
{
	return CAPACITY - used;
}

void frame_put_header(uint8_t *header, uint8_t type, uint32_t id, size_t size)
{
	put_le(header, 4, size);
	put_le(header + 4, 4, id);
	header[8] = type;
}

static void append(const void *bytes, size_t size)
{
	memcpy(frames + start + used, bytes, size);
	used += size;
}

void outgoing_queue(uint8_t type, uint32_t id, const void *payload,
		    size_t size)
{
	uint8_t header[HEADER_SIZE];

	if (start + used + HEADER_SIZE + size > CAPACITY) {
		memmove(frames, frames + start, used);
		start = 0;
	}
	frame_put_header(header, type, id, size);
	append(header, sizeof(header));
	append(payload, size);
}

void outgoing_queue_exit(uint32_t id, int32_t code)
{
	uint8_t payload[4];

	put_le(payload, 4, (uint32_t)code);
	outgoing_queue(FRAME_EXIT, id, payload, sizeof(payload));
}

void outgoing_queue_error(uint32_t id, uint8_t failed_type, const char *format,
			  ...)
{
	char payload[1 + ERROR_TEXT_MAX + 1] = { (char)failed_type };
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(payload + 1, sizeof(payload) - 1, format, arguments);
	va_end(arguments);
	outgoing_queue(FRAME_ERROR, id, payload, 1 + strlen(payload + 1));
}

static size_t first_size(void)
{
	return used ? HEADER_SIZE + get_le(frames + start, 4) : 0;
}

size_t outgoing_first(const uint8_t **bytes)
{
	*bytes = frames + start + sent;
	return first_size() - sent;
}

void outgoing_sent(size_t count)
{
	size_t size = first_size();

	sent += count;
	if (sent == size) {
		start += size;
		used -= size;
		sent = 0;
	}
}

bool outgoing_is_inside_frame(void)
{
	return sent > 0;
}

void outgoing_rewind(void)
{
	sent = 0;
}
