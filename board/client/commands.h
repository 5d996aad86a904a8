// SPDX-License-Identifier: MIT
#ifndef COMMANDS_H
#define COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "probe.h"

/* Exit status of the program. */
enum { EXIT_OK, EXIT_CORRUPT, EXIT_NOT_FOUND, EXIT_TEE, EXIT_USAGE = 64 };

#define NUMBERS_MAX	4

struct command {
	const char *name;
	bool has_object;		/* the name of an object comes first */
	int min_numbers;
	uint64_t defaults[NUMBERS_MAX];	/* of the numbers that may be missing */
	int max_numbers;
	/* NULL, or what is wrong with the numbers. */
	const char *(*check)(const uint64_t *numbers);
	int (*run)(const struct probe *probe, const char *object,
		   const uint64_t *numbers);
};

/* NULL for an unknown name. */
const struct command *command_by_name(const char *name);

#endif
