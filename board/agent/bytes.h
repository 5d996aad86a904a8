// SPDX-License-Identifier: MIT
/* Little-endian integers in byte buffers. */
#ifndef BYTES_H
#define BYTES_H

#include <stdint.h>

static inline uint64_t get_le(const uint8_t *bytes, int size)
{
	uint64_t value = 0;

	for (int i = size - 1; i >= 0; i--) {
		value = value << 8 | bytes[i];
	}
	return value;
}

static inline void put_le(uint8_t *bytes, int size, uint64_t value)
{
	for (int i = 0; i < size; i++) {
		bytes[i] = (uint8_t)(value >> (8 * i));
	}
}

#endif
