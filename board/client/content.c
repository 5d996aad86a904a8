// SPDX-License-Identifier: MIT
#include <string.h>

#include "content.h"

#define BLOCK_MAGIC	0x45424f5250525054u	/* "TPRPROBE" */

struct block_header {
	uint64_t magic;
	uint64_t name_hash;
	uint64_t sequence;
	uint64_t object_size;
	uint32_t index;
	uint32_t blocks;
};

_Static_assert(sizeof(struct block_header) < CONTENT_BLOCK_MIN,
	       "the smallest block has room for content");

static uint32_t blocks_of(size_t size)
{
	return (uint32_t)((size + CONTENT_BLOCK - 1) / CONTENT_BLOCK);
}

static size_t block_size(size_t object_size, uint32_t index)
{
	size_t left = object_size - (size_t)index * CONTENT_BLOCK;

	return left < CONTENT_BLOCK ? left : CONTENT_BLOCK;
}

/* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t hash(const void *bytes, size_t size)
{
	uint64_t value = 0xcbf29ce484222325u;

	for (const uint8_t *byte = bytes; size > 0; byte++, size--) {
		value = (value ^ *byte) * 0x100000001b3u;
	}
	return value;
}

/* splitmix64: https://prng.di.unimi.it/splitmix64.c describes the constants. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void make_block(const struct block_header *header, uint8_t *block,
		       size_t size)
{
	/* From every bit of the header, so that each of them is checked. */
	uint64_t state = hash(header, sizeof(*header));

	memcpy(block, header, sizeof(*header));
	for (size_t i = sizeof(*header); i < size; i += sizeof(uint64_t)) {
		uint64_t value = next_random(&state);
		size_t left = size - i;

		memcpy(block + i, &value,
		       left < sizeof(value) ? left : sizeof(value));
	}
}

bool content_size_is_valid(size_t size)
{
	size_t last = size % CONTENT_BLOCK;

	return size >= CONTENT_BLOCK_MIN && size <= CONTENT_MAX &&
	       (last == 0 || last >= CONTENT_BLOCK_MIN);
}

size_t content_make(const char *name, uint64_t sequence, uint32_t blocks,
		    size_t size, uint8_t *data)
{
	struct block_header header = {
		.magic = BLOCK_MAGIC,
		.name_hash = hash(name, strlen(name)),
		.sequence = sequence,
		.object_size = size,
		.blocks = blocks < blocks_of(size) ? blocks : blocks_of(size),
	};
	size_t made = 0;

	for (; header.index < header.blocks; header.index++) {
		size_t count = block_size(size, header.index);

		make_block(&header, data + made, count);
		made += count;
	}
	return made;
}

static bool block_is_intact(const char *name, const uint8_t *block,
			    uint32_t index, size_t object_size)
{
	size_t size = block_size(object_size, index);
	uint8_t expected[CONTENT_BLOCK];
	struct block_header header;

	memcpy(&header, block, sizeof(header));
	if (header.magic != BLOCK_MAGIC ||
	    header.name_hash != hash(name, strlen(name)) ||
	    header.object_size != object_size || header.index != index ||
	    header.blocks <= index || header.blocks > blocks_of(object_size)) {
		return false;
	}
	make_block(&header, expected, size);
	return !memcmp(block, expected, size);
}

const char *content_check(const char *name, const uint8_t *data, size_t size,
			  uint64_t *sequence)
{
	struct block_header header;
	/* The write that the block belongs to, and how far it reaches. */
	uint64_t write = 0;
	uint32_t end = 0;

	if (!content_size_is_valid(size)) {
		return "impossible size";
	}
	for (uint32_t i = 0; i < blocks_of(size); i++) {
		const uint8_t *block = data + (size_t)i * CONTENT_BLOCK;

		if (!block_is_intact(name, block, i, size)) {
			return "damaged block";
		}
		memcpy(&header, block, sizeof(header));
		if (i == 0) {
			*sequence = header.sequence;
		} else if (i < end && header.sequence != write) {
			return "a write is there only in part";
		} else if (i >= end && header.sequence >= write) {
			return "an older write lies over a newer one";
		}
		write = header.sequence;
		end = header.blocks;
	}
	return NULL;
}
