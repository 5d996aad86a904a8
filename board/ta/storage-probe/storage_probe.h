// SPDX-License-Identifier: MIT
/*
 * What the storage probe TA and its client agree on.
 *
 * Every command has the same parameters:
 *   0  MEMREF_INPUT  name of the object, 1 to STORAGE_PROBE_NAME_MAX bytes
 *   1  data, see the command (NONE where it says nothing)
 *   2  VALUE_INPUT   a: storage id (TEE_STORAGE_PRIVATE, ...), b: see the command
 *   3  NONE
 * Results are those of the storage functions of the TEE Internal Core API,
 * except that libutee turns many storage errors into a panic of the TA.
 */
#ifndef STORAGE_PROBE_H
#define STORAGE_PROBE_H

/* 28b9e847-7db7-42e4-b1b6-c62f0e9d08b9 */
#define STORAGE_PROBE_UUID \
	{ 0x28b9e847, 0x7db7, 0x42e4, \
	  { 0xb1, 0xb6, 0xc6, 0x2f, 0x0e, 0x9d, 0x08, 0xb9 } }

/* TEE_OBJECT_ID_MAX_LEN of the TEE Internal Core API. */
#define STORAGE_PROBE_NAME_MAX	64

/* Creates the object or replaces it as a whole. 1: MEMREF_INPUT, its content. */
#define STORAGE_PROBE_WRITE	0

/*
 * Reads the object. 1: MEMREF_OUTPUT, gets content and size;
 * TEE_ERROR_SHORT_BUFFER and the size needed when it is too small.
 */
#define STORAGE_PROBE_READ	1

#define STORAGE_PROBE_DELETE	2

/*
 * Overwrites in place. 1: MEMREF_INPUT, the bytes. 2.b: where they go. In RPMB
 * at most 64 KiB.
 */
#define STORAGE_PROBE_UPDATE	3

/* Creates, writes and reads the object 2.b times, then deletes it. */
#define STORAGE_PROBE_HOLD	4

#endif
