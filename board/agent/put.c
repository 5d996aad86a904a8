// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "outgoing.h"
#include "protocol.h"
#include "put.h"

#define FLAG_APPEND	0x01
#define FIXED_SIZE	7	/* flags, mode, path length */

struct request {
	bool append;
	mode_t mode;
	char path[PATH_SIZE_MAX + 1];
	const uint8_t *contents;
	size_t size;
};

static bool parse(const struct frame *frame, struct request *request)
{
	const uint8_t *payload = frame->payload;
	size_t path_size = 0;
	uint64_t mode = 0;

	if (frame->id == 0 || frame->size < FIXED_SIZE) {
		return false;
	}
	mode = get_le(payload + 1, 4);
	path_size = get_le(payload + 5, 2);
	if (payload[0] & ~FLAG_APPEND || mode & ~07777u || path_size == 0 ||
	    path_size > PATH_SIZE_MAX || path_size > frame->size - FIXED_SIZE) {
		return false;
	}
	memcpy(request->path, payload + FIXED_SIZE, path_size);
	request->path[path_size] = 0;
	request->append = payload[0] & FLAG_APPEND;
	request->mode = (mode_t)mode;
	request->contents = payload + FIXED_SIZE + path_size;
	request->size = frame->size - FIXED_SIZE - path_size;
	return request->path[0] == '/' && strlen(request->path) == path_size;
}

static int write_all(int file, const uint8_t *bytes, size_t size)
{
	while (size > 0) {
		ssize_t count = write(file, bytes, size);

		if (count >= 0) {
			bytes += count;
			size -= (size_t)count;
		} else if (errno != EINTR) {
			return errno;
		}
	}
	return 0;
}

/* Returns 0 or an errno. */
static int carry_out(const struct request *request)
{
	/* Not blocking: a FIFO without a reader must not stop the agent. */
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK |
		    (request->append ? O_APPEND : O_TRUNC);
	int file = open(request->path, flags, 0600);
	int error = 0;

	if (file < 0) {
		return errno;
	}
	if (fchmod(file, request->mode) < 0) {
		error = errno;
	}
	if (!error) {
		error = write_all(file, request->contents, request->size);
	}
	if (close(file) < 0 && !error) {
		error = errno;
	}
	return error;
}

void put_file(const struct frame *frame)
{
	static struct request request;
	int error = 0;

	if (!parse(frame, &request)) {
		outgoing_queue_error(frame->id, frame->type,
				     "PUT is not well-formed: flags, mode, "
				     "absolute path, contents");
		return;
	}
	error = carry_out(&request);
	if (error) {
		outgoing_queue_error(frame->id, frame->type, "%.150s: %s",
				     request.path, strerror(error));
		return;
	}
	outgoing_queue_exit(frame->id, 0);
}
