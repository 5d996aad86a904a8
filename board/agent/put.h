// SPDX-License-Identifier: MIT
#ifndef PUT_H
#define PUT_H

#include "link.h"

/* Writes a file; answers with EXIT 0 or ERROR. */
void put_file(const struct frame *frame);

#endif
