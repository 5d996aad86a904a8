// SPDX-License-Identifier: MIT
#ifndef COMMANDS_H
#define COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

/* What a TPM command does to the non-volatile state when it succeeds. */
enum nv_effect {
	NV_UNTOUCHED,
	NV_WRITES,		/* always writes */
	NV_ENDS_ORDERLY,	/* writes only if the state was orderly */
	NV_BECOMES_ORDERLY,	/* writes, and the state is orderly then */
};

enum nv_effect nv_effect_of(uint32_t command_code);

/* A refused authorization is counted against the lockout, which is stored. */
bool counts_as_authorization_failure(uint32_t response_code);

#endif
