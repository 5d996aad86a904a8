// SPDX-License-Identifier: MIT
/* What board-latency measures. Every measurement prints "NAME MICROSECONDS". */
#ifndef LATENCY_H
#define LATENCY_H

#include <stdint.h>

#include "tee.h"

enum { EXIT_OK, EXIT_WRONG, EXIT_TEE = 3, EXIT_USAGE = 64 };

#define CLIENTS_MAX	64

uint64_t now_us(void);

/*
 * For each of these numbers of clients: all begin together, each with a
 * session with the storage probe and an object of one block, and read it, then
 * overwrite it, `count` times in all.
 */
int measure_calls(uint32_t storage, uint64_t count, int numbers,
		  const uint64_t *clients);

/* Opens a session with a TA so often, and closes it each time. */
int measure_loads(const struct ta_uuid *uuid, uint64_t count);

/* One of the three measurements of the storage benchmark of OP-TEE's tests. */
int measure_chunks(const char *kind, uint64_t size, uint64_t chunk,
		   uint64_t count);

/*
 * The same number of file system calls as a supplicant makes, by a loop that
 * does nothing else. numbers: FLOOR_NUMBERS of them.
 */
#define FLOOR_NUMBERS	6
int measure_floor(const char *directory, const uint64_t *numbers);

#endif
