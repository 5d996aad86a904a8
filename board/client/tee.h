// SPDX-License-Identifier: MIT
/* A session with the storage probe TA, straight on the kernel's TEE device. */
#ifndef TEE_H
#define TEE_H

#include <stddef.h>
#include <stdint.h>

#define TEE_SUCCESS		0x00000000u
#define TEE_ERROR_ITEM_NOT_FOUND	0xffff0008u
#define TEE_ERROR_SHORT_BUFFER	0xffff0010u

struct tee {
	int device;
	int shm_descriptor;
	int32_t shm_id;
	uint32_t session;
	uint32_t storage;	/* storage id that every command uses */
	uint8_t *shm;		/* name at 0, data at TEE_DATA_OFFSET */
	size_t shm_size;
};

#define TEE_DATA_OFFSET	4096

/*
 * Opens the device, a session with the TA and shared memory for `data_max`
 * bytes. Writes the cause to standard error and exits with 3 on failure.
 */
void tee_open(struct tee *tee, uint32_t storage, size_t data_max);

/* The data part of the shared memory. */
uint8_t *tee_data(const struct tee *tee);

/*
 * Calls the TA (commands: storage_probe.h). `size` is NULL for commands without
 * data, else the size of the data, replaced by the one that the TA returns.
 * Returns the TEE result. Exits with 3 when the kernel refuses the call.
 */
uint32_t tee_call(const struct tee *tee, uint32_t command, const char *name,
		  uint32_t value, size_t *size);

#endif
