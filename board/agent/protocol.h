// SPDX-License-Identifier: MIT
/* The numbers of PROTOCOL.md. */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#define PROTOCOL_VERSION	1
#define HEADER_SIZE		9
#define PAYLOAD_MAX		(1024 * 1024)
#define OUT_MAX			16384
#define SCRIPT_MAX		131071
#define PATH_SIZE_MAX		4095
#define BOOT_ID_SIZE		36
#define NONCE_SIZE	8

enum frame_type {
	/* host to guest */
	FRAME_RUN = 1,
	FRAME_SIGNAL = 2,
	FRAME_PUT = 3,
	FRAME_RUN_WITH_STDIN = 4,
	FRAME_STDIN = 5,
	FRAME_HELLO = 6,
	/* guest to host */
	FRAME_READY = 16,
	FRAME_OUT = 17,
	FRAME_EXIT = 18,
	FRAME_ERROR = 19,
};

#endif
