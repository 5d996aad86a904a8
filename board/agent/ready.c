// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "outgoing.h"
#include "ready.h"

#define VERSION_OFFSET	HEADER_SIZE
#define NONCE_OFFSET	(VERSION_OFFSET + 2)
#define BOOT_ID_OFFSET	(NONCE_OFFSET + NONCE_SIZE)

static void read_boot_id(uint8_t *boot_id)
{
	int file = open("/proc/sys/kernel/random/boot_id",
			O_RDONLY | O_CLOEXEC);

	memset(boot_id, '0', BOOT_ID_SIZE);
	if (file < 0 || read(file, boot_id, BOOT_ID_SIZE) < BOOT_ID_SIZE) {
		fprintf(stderr, "board-agent: no boot id; is /proc mounted?\n");
	}
	if (file >= 0) {
		close(file);
	}
}

void ready_make(uint8_t *frame)
{
	memset(frame, 0, READY_SIZE);
	frame_put_header(frame, FRAME_READY, 0, READY_SIZE - HEADER_SIZE);
	put_le(frame + VERSION_OFFSET, 2, PROTOCOL_VERSION);
	read_boot_id(frame + BOOT_ID_OFFSET);
}

void ready_set_nonce(uint8_t *frame, const uint8_t *nonce)
{
	memcpy(frame + NONCE_OFFSET, nonce, NONCE_SIZE);
}
