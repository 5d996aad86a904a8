// SPDX-License-Identifier: MIT
#ifndef STATE_H
#define STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "commands.h"

/*
 * Opens the stored state or creates it. Panics with TEE_ERROR_BAD_STATE
 * when storage cannot be used, as the real fTPM's TA_CreateEntryPoint does.
 */
void state_open_or_create(void);

/*
 * Would a real fTPM have to write storage for this command? True when the
 * command changes state, and for any command once the TPM clock has passed
 * a boundary of 4.096 s since the last write.
 */
bool state_must_be_written(enum nv_effect effect);

/* Stores the state with the next sequence number. Panics when that fails. */
void state_write(uint32_t command_code, enum nv_effect effect);

#endif
