// SPDX-License-Identifier: MIT
/* A session with the storage probe TA. */
#ifndef PROBE_H
#define PROBE_H

#include "tee.h"

struct probe {
	struct tee tee;		/* shared memory: name at 0, data behind it */
	uint32_t storage;	/* storage id that every command uses */
};

/*
 * Opens the session, with room for `data_max` bytes of data. Writes the cause
 * to standard error and exits with 3 on failure.
 */
void probe_open(struct probe *probe, uint32_t storage, size_t data_max);

/* The data part of the shared memory. */
uint8_t *probe_data(const struct probe *probe);

/*
 * Calls the TA (commands: storage_probe.h). `size` is NULL for commands without
 * data, else the size of the data, replaced by the one that the TA returns.
 * Returns the TEE result. Exits with 3 when the kernel refuses the call.
 */
uint32_t probe_call(const struct probe *probe, uint32_t command,
		    const char *name, uint32_t value, size_t *size);

#endif
