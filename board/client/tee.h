// SPDX-License-Identifier: MIT
/* A session with a TA, straight on the kernel's TEE device. */
#ifndef TEE_H
#define TEE_H

#include <linux/tee.h>
#include <stddef.h>
#include <stdint.h>

#define TEE_SUCCESS		0x00000000u
#define TEE_ERROR_ITEM_NOT_FOUND	0xffff0008u
#define TEE_ERROR_SHORT_BUFFER	0xffff0010u

#define TEE_PARAMETERS	4

/* TEE_UUID of the TEE Internal Core API. */
struct ta_uuid {
	uint32_t low;
	uint16_t mid;
	uint16_t high;
	uint8_t rest[8];
};

struct tee {
	int device;
	int shm_descriptor;
	int32_t shm_id;
	uint32_t session;
	uint8_t *shm;
	size_t shm_size;
};

/*
 * Opens the device, a session with the TA and so much shared memory. Writes
 * the cause to standard error and exits with 3 on failure.
 */
void tee_open(struct tee *tee, const struct ta_uuid *uuid, size_t shm_size);

/* Ends the session and gives back what tee_open took. */
void tee_close(struct tee *tee);

/* A part of the shared memory as a parameter (TEE_IOCTL_PARAM_ATTR_TYPE_...). */
struct tee_ioctl_param tee_memory(const struct tee *tee, uint64_t type,
				  size_t offset, size_t size);

/*
 * Calls the TA with TEE_PARAMETERS parameters, which it may change. Returns the
 * TEE result. Exits with 3 when the kernel refuses the call.
 */
uint32_t tee_invoke(const struct tee *tee, uint32_t command,
		    struct tee_ioctl_param *params);

#endif
