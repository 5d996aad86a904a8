// SPDX-License-Identifier: MIT
/*
 * What the board's TPM TA and the supplicant plug-in agree on.
 *
 * One call carries one TPM command and its response in the same buffer:
 * the caller puts the command at the start of a buffer of TPM_PORT_BUFFER
 * bytes, the plug-in puts the response there and sets the output length.
 * The length of the command is the one in its own header.
 */
#ifndef TPM_PORT_H
#define TPM_PORT_H

/* 0ceb41c9-f85d-4d0d-826e-bb51e147be52 */
#define TPM_PORT_PLUGIN_UUID \
	{ 0x0ceb41c9, 0xf85d, 0x4d0d, \
	  { 0x82, 0x6e, 0xbb, 0x51, 0xe1, 0x47, 0xbe, 0x52 } }

#define TPM_PORT_TRANSMIT	0	/* the only command of the plug-in */

/* Bytes: MAX_COMMAND_SIZE and MAX_RESPONSE_SIZE of Linux' tpm_ftpm_tee.h. */
#define TPM_PORT_BUFFER		4096

/*
 * TPM header (TPM 2.0 Part 1, 18.2 and 18.10): u16 tag, u32 size of the whole
 * command or response, u32 command or response code, all big-endian.
 */
#define TPM_HEADER_SIZE		10
#define TPM_ST_RSP_COMMAND	0x00c4
#define TPM_ST_NO_SESSIONS	0x8001
#define TPM_ST_SESSIONS		0x8002
#define TPM_RC_SUCCESS		0x000
#define TPM_RC_BAD_TAG		0x01e

#endif
