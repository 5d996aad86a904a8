// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "content.h"
#include "storage_probe.h"
#include "commands.h"

static int report(const char *what, const char *name, uint32_t result)
{
	if (result == TEE_SUCCESS) {
		return EXIT_OK;
	}
	if (result == TEE_ERROR_ITEM_NOT_FOUND) {
		fprintf(stderr, "board-storage: %s %s: not found\n", what,
			name);
		return EXIT_NOT_FOUND;
	}
	fprintf(stderr, "board-storage: %s %s: TEE error %#x\n", what, name,
		result);
	return EXIT_TEE;
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void acknowledge(const char *name, uint64_t sequence)
{
	printf("ack %s %" PRIu64 "\n", name, sequence);
	/* At once: the power may be cut at any time. */
	fflush(stdout);
}

static void summarize(uint64_t writes, uint64_t bytes, uint64_t started_us)
{
	printf("done %" PRIu64 " writes, %" PRIu64 " bytes, %" PRIu64 " us\n",
	       writes, bytes, now_us() - started_us);
}

static int write_one(const struct probe *probe, const char *name, size_t size,
		     uint64_t sequence)
{
	size_t made = content_make(name, sequence, UINT32_MAX, size,
				   probe_data(probe));
	int status = report("write", name,
			    probe_call(probe, STORAGE_PROBE_WRITE, name, 0,
				       &made));

	if (status == EXIT_OK) {
		acknowledge(name, sequence);
	}
	return status;
}

/* Reads and checks; leaves the object in the data part of the shared memory. */
static int read_one(const struct probe *probe, const char *name, size_t *size,
		    uint64_t *sequence)
{
	const char *damage = NULL;
	int status = EXIT_OK;

	*size = CONTENT_MAX;
	status = report("read", name,
			probe_call(probe, STORAGE_PROBE_READ, name, 0, size));
	if (status != EXIT_OK) {
		return status;
	}
	damage = content_check(name, probe_data(probe), *size, sequence);
	if (damage) {
		fprintf(stderr, "board-storage: read %s: %s (%zu bytes)\n",
			name, damage, *size);
		return EXIT_CORRUPT;
	}
	return EXIT_OK;
}

static const char *check_nothing(const uint64_t *numbers)
{
	(void)numbers;
	return NULL;
}

static const char *check_write(const uint64_t *numbers)
{
	return content_size_is_valid(numbers[0]) ? NULL :
						   "SIZE cannot be used";
}

/* numbers: SIZE SEQ */
static int run_write(const struct probe *probe, const char *name,
		     const uint64_t *numbers)
{
	return write_one(probe, name, numbers[0], numbers[1]);
}

static int run_read(const struct probe *probe, const char *name,
		    const uint64_t *numbers)
{
	uint64_t sequence = 0;
	size_t size = 0;
	int status = read_one(probe, name, &size, &sequence);

	(void)numbers;
	if (status == EXIT_OK) {
		printf("%s %" PRIu64 " %zu\n", name, sequence, size);
	}
	return status;
}

static int run_delete(const struct probe *probe, const char *name,
		      const uint64_t *numbers)
{
	(void)numbers;
	return report("delete", name,
		      probe_call(probe, STORAGE_PROBE_DELETE, name, 0, NULL));
}

static const char *check_churn(const uint64_t *numbers)
{
	return numbers[0] == 0 ? "COUNT must be 1 or more" :
				 check_write(numbers + 1);
}

/* numbers: COUNT SIZE SEQ N */
static int run_churn(const struct probe *probe, const char *name,
		     const uint64_t *numbers)
{
	uint64_t writes = numbers[3];
	uint64_t started = now_us();
	uint64_t done = 0;

	(void)name;
	for (; writes == 0 || done < writes; done++) {
		char object[STORAGE_PROBE_NAME_MAX + 1];
		int status = EXIT_OK;

		snprintf(object, sizeof(object), "churn-%" PRIu64,
			 done % numbers[0]);
		status = write_one(probe, object, numbers[1],
				   numbers[2] + done);
		if (status != EXIT_OK) {
			return status;
		}
	}
	summarize(done, done * numbers[1], started);
	return EXIT_OK;
}

static const char *check_update(const uint64_t *numbers)
{
	return numbers[0] == 0 || numbers[0] > UINT32_MAX ?
	       "BLOCKS must be 1 or more and below 2^32" : NULL;
}

/* numbers: BLOCKS SEQ N */
static int run_update(const struct probe *probe, const char *name,
		      const uint64_t *numbers)
{
	uint64_t newest = 0;
	uint64_t bytes = 0;
	uint64_t started = 0;
	size_t size = 0;
	int status = read_one(probe, name, &size, &newest);

	if (status != EXIT_OK) {
		return status;
	}
	if (newest >= numbers[1]) {
		fprintf(stderr, "board-storage: update %s: the object has SEQ "
			"%" PRIu64 "; give a greater one\n", name, newest);
		return EXIT_USAGE;
	}
	started = now_us();
	for (uint64_t i = 0; i < numbers[2]; i++) {
		size_t made = content_make(name, numbers[1] + i,
					   (uint32_t)numbers[0], size,
					   probe_data(probe));

		bytes += made;
		status = report("update", name,
				probe_call(probe, STORAGE_PROBE_UPDATE, name,
					   0, &made));
		if (status != EXIT_OK) {
			return status;
		}
		acknowledge(name, numbers[1] + i);
	}
	summarize(numbers[2], bytes, started);
	return EXIT_OK;
}

static const char *check_hold(const uint64_t *numbers)
{
	return numbers[0] > UINT32_MAX ? "N must be below 2^32" : NULL;
}

/* numbers: N */
static int run_hold(const struct probe *probe, const char *name,
		    const uint64_t *numbers)
{
	printf("holding %s\n", name);
	fflush(stdout);
	return report("hold", name,
		      probe_call(probe, STORAGE_PROBE_HOLD, name,
				 (uint32_t)numbers[0], NULL));
}

static const struct command commands[] = {
	{ "write", true, 2, { 0 }, 2, check_write, run_write },
	{ "read", true, 0, { 0 }, 0, check_nothing, run_read },
	{ "delete", true, 0, { 0 }, 0, check_nothing, run_delete },
	{ "churn", false, 2, { 0, 0, 1, 0 }, 4, check_churn, run_churn },
	{ "update", true, 2, { 0, 0, 1 }, 3, check_update, run_update },
	{ "hold", true, 0, { 1000000 }, 1, check_hold, run_hold },
};

const struct command *command_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(name, commands[i].name)) {
			return &commands[i];
		}
	}
	return NULL;
}
