// SPDX-License-Identifier: MIT
/* The READY frame, which says who is there. */
#ifndef READY_H
#define READY_H

#include <stdint.h>

#include "protocol.h"

#define READY_SIZE	(HEADER_SIZE + 2 + NONCE_SIZE + BOOT_ID_SIZE)

/* Fills in a frame of READY_SIZE bytes, with nonce 0. */
void ready_make(uint8_t *frame);

/* Copies NONCE_SIZE bytes. */
void ready_set_nonce(uint8_t *frame, const uint8_t *nonce);

#endif
