// SPDX-License-Identifier: MIT
#ifndef SPAWN_H
#define SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Starts /bin/bash -c with this script (up to 131071 bytes, the kernel's limit
 * for one argument with 4 KiB pages) in a session of its own. Gives the
 * non-blocking read end of its output and, unless `in` is NULL, the
 * non-blocking write end of its standard input. Returns 0 or an errno.
 */
int spawn_script(const uint8_t *script, size_t size, pid_t *pid, int *out,
		 int *in);

#endif
