// SPDX-License-Identifier: MIT
/*
 * Supplicant plug-in: carries TPM commands from the board's TPM TA to the TPM
 * at the other end of a virtio-serial port.
 *
 * tee-supplicant loads every object in its plug-in folder and looks up the
 * data symbol plugin_method (libteec/include/tee_plugin_method.h of
 * https://github.com/OP-TEE/optee_client). It calls invoke() from several
 * threads at once, with the data in memory that the secure world shares.
 */
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "exchange.h"
#include "tee_result.h"
#include "tpm_port.h"

struct plugin_uuid {
	uint32_t time_low;
	uint16_t time_mid;
	uint16_t time_hi_and_version;
	uint8_t clock_seq_and_node[8];
};

struct plugin_method {
	const char *name;
	struct plugin_uuid uuid;
	uint32_t (*init)(void);
	uint32_t (*invoke)(unsigned int cmd, unsigned int sub_cmd, void *data,
			   size_t in_len, size_t *out_len);
};

/* A TPM handles one command at a time, and so does the port. */
static pthread_mutex_t one_exchange = PTHREAD_MUTEX_INITIALIZER;

static bool has_command_tag(const uint8_t *command)
{
	uint16_t tag = (uint16_t)(command[0] << 8 | command[1]);

	return tag == TPM_ST_NO_SESSIONS || tag == TPM_ST_SESSIONS;
}

/*
 * Answered here, never sent: TPM_RC_BAD_TAG must only ever be the answer to
 * the marker of exchange.c. TPM 2.0 Part 2, 6.9 has this tag for it.
 */
static size_t answer_bad_tag(uint8_t *buffer)
{
	static const uint8_t answer[TPM_HEADER_SIZE] = {
		0, TPM_ST_RSP_COMMAND, 0, 0, 0, TPM_HEADER_SIZE,
		0, 0, 0, TPM_RC_BAD_TAG,
	};

	memcpy(buffer, answer, sizeof(answer));
	return sizeof(answer);
}

static uint32_t transmit(void *data, size_t size, size_t *out_len)
{
	/* Checked and used here only: the shared memory can change. */
	uint8_t buffer[TPM_PORT_BUFFER] = { 0 };
	size_t length = 0;
	uint32_t result = TEE_SUCCESS;

	if (!data || size < TPM_HEADER_SIZE || size > sizeof(buffer)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	memcpy(buffer, data, size);
	length = tpm_size(buffer);
	if (length < TPM_HEADER_SIZE || length > size) {
		return TEE_ERROR_BAD_PARAMETERS;
	}

	if (!has_command_tag(buffer)) {
		length = answer_bad_tag(buffer);
	} else {
		pthread_mutex_lock(&one_exchange);
		result = exchange(buffer, &length);
		pthread_mutex_unlock(&one_exchange);
	}
	if (result) {
		return result;
	}
	if (length > size) {
		return TEE_ERROR_SHORT_BUFFER;
	}
	memcpy(data, buffer, length);
	*out_len = length;
	return TEE_SUCCESS;
}

/*
 * The output length stays 0 on failure: OP-TEE replaces the result by that of
 * a copy when it is not (tee_invoke_supp_plugin_rpc).
 */
static uint32_t invoke(unsigned int cmd, unsigned int sub_cmd, void *data,
		       size_t in_len, size_t *out_len)
{
	(void)sub_cmd;
	if (!out_len) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	*out_len = 0;
	if (cmd != TPM_PORT_TRANSMIT) {
		return TEE_ERROR_NOT_SUPPORTED;
	}
	return transmit(data, in_len, out_len);
}

__attribute__((visibility("default")))
struct plugin_method plugin_method = {
	.name = "tpm-port",
	.uuid = TPM_PORT_PLUGIN_UUID,
	.invoke = invoke,
};
