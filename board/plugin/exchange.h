// SPDX-License-Identifier: MIT
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Sends the command in the buffer (TPM_PORT_BUFFER bytes, *length of them
 * used) and replaces it by the response.
 *
 * Blocks for up to 60 s. Not for several threads at once. Returns TEE_SUCCESS,
 * TEE_ERROR_COMMUNICATION when the port or its host end fails or is silent, or
 * TEE_ERROR_BAD_FORMAT when what comes back is not a TPM response.
 */
uint32_t exchange(uint8_t *buffer, size_t *length);

/* The size field of a TPM header: bytes of the whole command or response. */
uint32_t tpm_size(const uint8_t *header);

#endif
