// SPDX-License-Identifier: MIT
/*
 * Content that can be checked from itself.
 *
 * An object consists of blocks of CONTENT_BLOCK bytes (the last may be
 * shorter). Each block says to which object, which write and which place it
 * belongs, and how many blocks that write covered. The rest of the block
 * follows from these numbers. Writes always begin at block 0 and have
 * increasing sequence numbers.
 */
#ifndef CONTENT_H
#define CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTENT_BLOCK		4096
#define CONTENT_BLOCK_MIN	64
#define CONTENT_MAX		(256 * CONTENT_BLOCK)

/* Can an object have this size? The last block needs CONTENT_BLOCK_MIN bytes. */
bool content_size_is_valid(size_t size);

/*
 * Fills the first `blocks` blocks of an object of `size` bytes as write number
 * `sequence` leaves them. Returns how many bytes that are.
 */
size_t content_make(const char *name, uint64_t sequence, uint32_t blocks,
		    size_t size, uint8_t *data);

/*
 * Checks a whole object. Gives the sequence number of the newest write. Returns
 * NULL, or what is wrong. A write of which only a part is there is wrong.
 */
const char *content_check(const char *name, const uint8_t *data, size_t size,
			  uint64_t *sequence);

#endif
