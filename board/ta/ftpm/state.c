// SPDX-License-Identifier: MIT
/*
 * The stored state: what makes this TPM depend on storage as a real one.
 *
 * The TPM itself lives outside the guest and keeps its own state. The object
 * here stands for the NV memory of a firmware TPM: it is read when the TA
 * starts and written before the answer to each command that changes state.
 *
 * libutee itself panics the TA for most storage errors (for example
 * TEE_ERROR_COMMUNICATION), so such a failure never returns to this file:
 * OP-TEE's own "TA panicked with code" line is then the only trace. What does
 * return (for example TEE_ERROR_OUT_OF_MEMORY, the usual sign of a missing
 * supplicant) is logged and panics here.
 */
#include <inttypes.h>
#include <string.h>
#include <tee_internal_api.h>
#include <trace.h>

#include "state.h"

#define STATE_MAGIC	0x53525054	/* "TPRS" */
#define STATE_VERSION	1
#define DIGEST_SIZE	32		/* SHA-256 */

/* NV_CLOCK_UPDATE_INTERVAL of the TPM reference code: 2^12 ms. */
#define CLOCK_BOUNDARY_SHIFT	12

/* 512 bytes: the block size in which optee_ftpm keeps its NV memory. */
struct tpm_state {
	uint32_t magic;
	uint32_t version;
	uint64_t sequence;		/* number of the write, from 1 */
	uint64_t clock_ticks;		/* clock boundaries passed, summed */
	uint32_t last_command;		/* command code behind the write */
	uint32_t orderly;		/* 1 after TPM2_Shutdown */
	uint8_t unused[448];
	uint8_t digest[DIGEST_SIZE];	/* over everything before it */
};

_Static_assert(sizeof(struct tpm_state) == 512, "the object has 512 bytes");

static const char object_name[] = "tpm-state";
#define OBJECT_NAME_SIZE	(sizeof(object_name) - 1)

static struct tpm_state current;
static uint64_t boundary_at_last_write;

static uint64_t clock_boundary(void)
{
	TEE_Time now = { };

	TEE_GetSystemTime(&now);
	return ((uint64_t)now.seconds * 1000 + now.millis) >>
		CLOCK_BOUNDARY_SHIFT;
}

static void digest_of(const struct tpm_state *state, uint8_t *digest)
{
	TEE_OperationHandle operation = TEE_HANDLE_NULL;
	size_t size = DIGEST_SIZE;
	TEE_Result res = TEE_AllocateOperation(&operation, TEE_ALG_SHA256,
					       TEE_MODE_DIGEST, 0);

	if (!res) {
		res = TEE_DigestDoFinal(operation, state,
					offsetof(struct tpm_state, digest),
					digest, &size);
	}
	if (res) {
		EMSG("board-ftpm: no SHA-256: %#" PRIx32, res);
		TEE_Panic(res);
	}
	TEE_FreeOperation(operation);
}

static bool is_valid(const struct tpm_state *state)
{
	uint8_t digest[DIGEST_SIZE] = { };

	digest_of(state, digest);
	return state->magic == STATE_MAGIC &&
	       state->version == STATE_VERSION &&
	       !memcmp(digest, state->digest, sizeof(digest));
}

static TEE_Result create(void)
{
	current = (struct tpm_state){
		.magic = STATE_MAGIC,
		.version = STATE_VERSION,
		.sequence = 1,
		.orderly = 1,
	};
	digest_of(&current, current.digest);
	/* No handle: the object is closed again at once. */
	return TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, object_name,
					  OBJECT_NAME_SIZE,
					  TEE_DATA_FLAG_ACCESS_READ |
					  TEE_DATA_FLAG_ACCESS_WRITE,
					  TEE_HANDLE_NULL, &current,
					  sizeof(current), NULL);
}

static TEE_Result read(void)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	size_t count = 0;
	TEE_Result res = TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE,
						  object_name, OBJECT_NAME_SIZE,
						  TEE_DATA_FLAG_ACCESS_READ,
						  &object);

	if (res) {
		return res;
	}
	res = TEE_ReadObjectData(object, &current, sizeof(current), &count);
	TEE_CloseObject(object);
	if (!res && (count != sizeof(current) || !is_valid(&current))) {
		res = TEE_ERROR_CORRUPT_OBJECT;
	}
	return res;
}

void state_open_or_create(void)
{
	const char *how = "opened";
	TEE_Result res = read();

	if (res == TEE_ERROR_ITEM_NOT_FOUND) {
		how = "created";
		res = create();
	}
	if (res) {
		EMSG("board-ftpm: state not %s: %#" PRIx32 ", panic", how, res);
		TEE_Panic(TEE_ERROR_BAD_STATE);
	}
	boundary_at_last_write = clock_boundary();
	IMSG("board-ftpm: state sequence %" PRIu64 ", %s", current.sequence,
	     how);
}

bool state_must_be_written(enum nv_effect effect)
{
	if (clock_boundary() != boundary_at_last_write) {
		return true;
	}
	switch (effect) {
	case NV_WRITES:
	case NV_BECOMES_ORDERLY:
		return true;
	case NV_ENDS_ORDERLY:
		return current.orderly;
	default:
		return false;
	}
}

static TEE_Result store(const struct tpm_state *state)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Result res = TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE,
						  object_name, OBJECT_NAME_SIZE,
						  TEE_DATA_FLAG_ACCESS_READ |
						  TEE_DATA_FLAG_ACCESS_WRITE,
						  &object);

	if (res) {
		return res;
	}
	res = TEE_WriteObjectData(object, state, sizeof(*state));
	/*
	 * Closed after each write, as optee_ftpm does: an object kept open
	 * would hold a file handle of a supplicant that may be replaced.
	 */
	TEE_CloseObject(object);
	return res;
}

void state_write(uint32_t command_code, enum nv_effect effect)
{
	struct tpm_state next = current;
	uint64_t boundary = clock_boundary();
	TEE_Result res = TEE_ERROR_GENERIC;

	next.sequence++;
	next.clock_ticks += boundary - boundary_at_last_write;
	next.last_command = command_code;
	if (effect == NV_BECOMES_ORDERLY) {
		next.orderly = 1;
	} else if (effect != NV_UNTOUCHED) {
		next.orderly = 0;
	}
	digest_of(&next, next.digest);

	res = store(&next);
	if (res) {
		EMSG("board-ftpm: state sequence %" PRIu64
		     " not written for command %#" PRIx32 ": %#" PRIx32
		     ", panic", next.sequence, command_code, res);
		TEE_Panic(res);
	}
	current = next;
	boundary_at_last_write = boundary;
}
