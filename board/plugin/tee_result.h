// SPDX-License-Identifier: MIT
/* Result codes of GlobalPlatform's TEE Client API (section 4.4.2). */
#ifndef TEE_RESULT_H
#define TEE_RESULT_H

#define TEE_SUCCESS			0x00000000u
#define TEE_ERROR_BAD_FORMAT		0xffff0005u
#define TEE_ERROR_BAD_PARAMETERS	0xffff0006u
#define TEE_ERROR_NOT_SUPPORTED		0xffff000au
#define TEE_ERROR_COMMUNICATION		0xffff000eu
#define TEE_ERROR_SHORT_BUFFER		0xffff0010u

#endif
