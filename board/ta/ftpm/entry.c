// SPDX-License-Identifier: MIT
/*
 * The board's TPM: speaks the protocol of Linux' tpm_ftpm_tee driver, hands
 * each command to a TPM outside the guest through a supplicant plug-in, and
 * depends on secure storage as a firmware TPM does.
 *
 * Without a supplicant: handing a command out fails already when OP-TEE asks
 * for shared memory (TEE_ERROR_OUT_OF_MEMORY). A real fTPM needs no supplicant
 * for the command itself, but for the storage behind it. So when a real one
 * would write storage for this command, the write is tried all the same, and
 * its failure is the panic that a real one would have. Otherwise the command
 * is answered with the TEE error of the plug-in call; a real one would answer
 * from its memory. A supplicant without the plug-in
 * (TEE_ERROR_ITEM_NOT_FOUND) serves storage, so it is never a panic.
 */
#include <inttypes.h>
#include <string.h>
#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>
#include <trace.h>

#include "commands.h"
#include "state.h"
#include "tpm_port.h"

/* drivers/char/tpm/tpm_ftpm_tee.h */
#define FTPM_SUBMIT_COMMAND	0
#define FTPM_EMULATE_PPI	1

/*
 * Private memory: the normal world can change its buffers at any time, so
 * the command is checked and used here only. The TA has one session, and
 * OP-TEE enters it with one thread at a time.
 */
static uint8_t exchange[TPM_PORT_BUFFER];

static uint32_t read_be32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	       (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint16_t header_tag(void)
{
	return exchange[0] << 8 | exchange[1];
}

static uint32_t header_size(void)
{
	return read_be32(exchange + 2);
}

/* The command code or the response code. */
static uint32_t header_code(void)
{
	return read_be32(exchange + 6);
}

/* The driver sends exactly as many bytes as the header says. */
static TEE_Result take_command(const void *buffer, size_t size)
{
	if (!buffer || size < TPM_HEADER_SIZE || size > sizeof(exchange)) {
		EMSG("board-ftpm: command of %zu bytes refused", size);
		return TEE_ERROR_BAD_PARAMETERS;
	}
	memset(exchange, 0, sizeof(exchange));
	memcpy(exchange, buffer, size);
	if (header_size() != size) {
		EMSG("board-ftpm: command of %zu bytes says %" PRIu32, size,
		     header_size());
		return TEE_ERROR_BAD_PARAMETERS;
	}
	return TEE_SUCCESS;
}

static bool is_response(size_t size)
{
	uint16_t tag = header_tag();

	return size >= TPM_HEADER_SIZE && size <= sizeof(exchange) &&
	       header_size() == size &&
	       (tag == TPM_ST_NO_SESSIONS || tag == TPM_ST_SESSIONS ||
		tag == TPM_ST_RSP_COMMAND);
}

/* Replaces the command in the exchange buffer by its response. */
static TEE_Result transmit(size_t *response_size)
{
	static const TEE_UUID plugin = TPM_PORT_PLUGIN_UUID;
	TEE_Result res = tee_invoke_supp_plugin(&plugin, TPM_PORT_TRANSMIT, 0,
						exchange, sizeof(exchange),
						response_size);

	if (res) {
		return res;
	}
	if (!is_response(*response_size)) {
		EMSG("board-ftpm: plug-in returned %zu bytes, not a response",
		     *response_size);
		return TEE_ERROR_BAD_FORMAT;
	}
	return TEE_SUCCESS;
}

/* A failed command changes nothing, except that it may count as a guess. */
static enum nv_effect effect_after_response(enum nv_effect effect)
{
	if (header_code() == TPM_RC_SUCCESS) {
		return effect;
	}
	if (counts_as_authorization_failure(header_code())) {
		return NV_WRITES;
	}
	return NV_UNTOUCHED;
}

static TEE_Result submit_command(TEE_Param params[TEE_NUM_PARAMS])
{
	size_t response_size = 0;
	uint32_t command_code = 0;
	enum nv_effect effect = NV_UNTOUCHED;
	TEE_Result res = take_command(params[0].memref.buffer,
				      params[0].memref.size);

	if (res) {
		return res;
	}
	command_code = header_code();
	effect = nv_effect_of(command_code);

	res = transmit(&response_size);
	if (!res) {
		effect = effect_after_response(effect);
	}
	/* Stored before it is acknowledged. */
	if (state_must_be_written(effect)) {
		state_write(command_code, effect);
	}
	if (res) {
		EMSG("board-ftpm: command %#" PRIx32 " not transmitted: %#"
		     PRIx32, command_code, res);
		return res;
	}

	if (!params[1].memref.buffer || params[1].memref.size < response_size) {
		return TEE_ERROR_SHORT_BUFFER;
	}
	memcpy(params[1].memref.buffer, exchange, response_size);
	params[1].memref.size = response_size;
	return TEE_SUCCESS;
}

TEE_Result TA_CreateEntryPoint(void)
{
	state_open_or_create();
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types __unused,
				    TEE_Param params[TEE_NUM_PARAMS] __unused,
				    void **session __unused)
{
	return TEE_SUCCESS;
}

void TA_CloseSessionEntryPoint(void *session __unused)
{
}

TEE_Result TA_InvokeCommandEntryPoint(void *session __unused, uint32_t command,
				      uint32_t types,
				      TEE_Param params[TEE_NUM_PARAMS])
{
	const uint32_t expected =
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,
				TEE_PARAM_TYPE_MEMREF_INOUT,
				TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE);

	switch (command) {
	case FTPM_SUBMIT_COMMAND:
		if (types != expected) {
			return TEE_ERROR_BAD_PARAMETERS;
		}
		return submit_command(params);
	case FTPM_EMULATE_PPI:
	default:
		return TEE_ERROR_NOT_SUPPORTED;
	}
}
