// SPDX-License-Identifier: MIT
/*
 * One TPM command out, its response back.
 *
 * TPM responses carry no number that ties them to a command. When a
 * supplicant dies in the middle of an exchange, the response comes to its
 * successor. So each newly opened port is first brought into step: a marker
 * is sent, a header whose tag no command has, which a TPM answers with
 * TPM_RC_BAD_TAG without doing anything, and all bytes up to that answer are
 * dropped. No command can have this answer, because plugin.c refuses such
 * tags.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "exchange.h"
#include "port.h"
#include "tee_result.h"
#include "tpm_port.h"

/* Longer than any command takes: RSA key creation, a slow self-test. */
#define EXCHANGE_LIMIT_MS	60000

/*
 * After this silence the marker is sent again. swtpm refuses two commands
 * that reach it in one piece, and then the marker had no answer of its own.
 */
#define MARKER_SILENCE_MS	1000

static const uint8_t marker[TPM_HEADER_SIZE] = {
	0, TPM_ST_RSP_COMMAND, 0, 0, 0, TPM_HEADER_SIZE, 0, 0, 0, 0,
};

static const uint8_t marker_answer[TPM_HEADER_SIZE] = {
	TPM_ST_NO_SESSIONS >> 8, TPM_ST_NO_SESSIONS & 0xff,
	0, 0, 0, TPM_HEADER_SIZE, 0, 0, 0, TPM_RC_BAD_TAG,
};

static int port = -1;

uint32_t tpm_size(const uint8_t *header)
{
	return (uint32_t)header[2] << 24 | (uint32_t)header[3] << 16 |
	       (uint32_t)header[4] << 8 | header[5];
}

/* Keeps the last bytes of a stream in a window of TPM_HEADER_SIZE bytes. */
static void slide(uint8_t *window, const uint8_t *bytes, size_t count)
{
	if (count < TPM_HEADER_SIZE) {
		memmove(window, window + count, TPM_HEADER_SIZE - count);
		memcpy(window + TPM_HEADER_SIZE - count, bytes, count);
	} else {
		memcpy(window, bytes + count - TPM_HEADER_SIZE,
		       TPM_HEADER_SIZE);
	}
}

static int get_into_step(int64_t deadline)
{
	uint8_t window[TPM_HEADER_SIZE] = { 0 };
	uint8_t bytes[512];
	int result = port_write(port, marker, sizeof(marker), deadline);

	while (!result) {
		int64_t silence = now_ms() + MARKER_SILENCE_MS;
		ssize_t count = port_read(port, bytes, sizeof(bytes),
					  silence < deadline ? silence :
					  deadline);

		if (count > 0) {
			slide(window, bytes, (size_t)count);
			if (!memcmp(window, marker_answer, sizeof(window))) {
				return 0;
			}
		} else if (count == -ETIMEDOUT && now_ms() < deadline) {
			result = port_write(port, marker, sizeof(marker),
					    deadline);
		} else {
			result = (int)count;
		}
	}
	return result;
}

/* Drops what lies there unasked. Returns 1 if there was something. */
static int drain(void)
{
	uint8_t bytes[512];
	int dropped = 0;
	ssize_t count = 0;

	while ((count = port_read(port, bytes, sizeof(bytes), now_ms())) > 0) {
		dropped = 1;
	}
	return count == -ETIMEDOUT ? dropped : (int)count;
}

static int read_all(uint8_t *buffer, size_t size, int64_t deadline)
{
	while (size > 0) {
		ssize_t count = port_read(port, buffer, size, deadline);

		if (count < 0) {
			return (int)count;
		}
		buffer += count;
		size -= (size_t)count;
	}
	return 0;
}

static int read_response(uint8_t *buffer, size_t *length, int64_t deadline)
{
	int result = 0;

	do {
		result = read_all(buffer, TPM_HEADER_SIZE, deadline);
		/* A second marker may have been answered late. */
	} while (!result && !memcmp(buffer, marker_answer, TPM_HEADER_SIZE));
	if (result) {
		return result;
	}
	*length = tpm_size(buffer);
	if (*length < TPM_HEADER_SIZE || *length > TPM_PORT_BUFFER) {
		return -EBADMSG;
	}
	return read_all(buffer + TPM_HEADER_SIZE, *length - TPM_HEADER_SIZE,
			deadline);
}

/* An open port that is in step, or a negative errno. */
static int make_ready(int64_t deadline)
{
	if (port >= 0) {
		int dropped = drain();

		if (dropped == 0) {
			return 0;
		}
		if (dropped > 0) {
			fprintf(stderr, "tpm-port: dropped bytes that no "
				"command had asked for\n");
		}
		close(port);
	}
	port = port_open(deadline);
	return port < 0 ? port : get_into_step(deadline);
}

uint32_t exchange(uint8_t *buffer, size_t *length)
{
	int64_t deadline = now_ms() + EXCHANGE_LIMIT_MS;
	int result = make_ready(deadline);

	/* One write, because swtpm takes one read for one command. */
	if (!result) {
		result = port_write(port, buffer, *length, deadline);
	}
	if (!result) {
		result = read_response(buffer, length, deadline);
	}
	if (!result) {
		return TEE_SUCCESS;
	}
	fprintf(stderr, "tpm-port: no TPM behind the virtio-serial port "
		"tpmready.tpm: %s; check that QEMU has the port and that "
		"swtpm runs\n", strerror(-result));
	if (port >= 0) {
		close(port);
		port = -1;
	}
	return result == -EBADMSG ? TEE_ERROR_BAD_FORMAT :
				    TEE_ERROR_COMMUNICATION;
}
