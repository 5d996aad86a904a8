// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "latency.h"

/*
 * The TA behind xtest's cases 1001 to 1003
 * (https://github.com/OP-TEE/optee_test, ta/storage_benchmark).
 */
#define BENCHMARK_TA_UUID \
	{ 0xf157cda0, 0x550c, 0x11e5, \
	  { 0xa6, 0xfa, 0x00, 0x02, 0xa5, 0xd5, 0xc5, 0x1b } }

static const char *const benchmark_commands[] = { "read", "write", "rewrite" };

#define SHM_SIZE	4096

int measure_loads(const struct ta_uuid *uuid, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		uint64_t started = now_us();
		uint64_t ended = 0;
		struct tee tee;

		tee_open(&tee, uuid, SHM_SIZE);
		ended = now_us();
		tee_close(&tee);
		printf("load %" PRIu64 "\n", ended - started);
	}
	return EXIT_OK;
}

/* The TA makes the object first, outside of the time that it reports. */
static uint32_t run_benchmark(const struct tee *tee, uint32_t command,
			      uint64_t size, uint64_t chunk, uint64_t *time_us)
{
	struct tee_ioctl_param params[TEE_PARAMETERS] = {
		{ TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT, size, chunk, 0 },
		{ TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT, 0, 0, 0 },
		{ .attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT },
	};
	uint32_t result = tee_invoke(tee, command, params);

	*time_us = params[2].a * 1000;
	return result;
}

int measure_chunks(const char *kind, uint64_t size, uint64_t chunk,
		   uint64_t count)
{
	static const struct ta_uuid uuid = BENCHMARK_TA_UUID;
	uint32_t command = 0;
	struct tee tee;

	while (strcmp(kind, benchmark_commands[command])) {
		command++;
	}
	tee_open(&tee, &uuid, SHM_SIZE);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t time_us = 0;
		uint32_t result = run_benchmark(&tee, command, size, chunk,
						&time_us);

		if (result) {
			fprintf(stderr, "board-latency: %s: TEE error %#x\n",
				kind, result);
			return EXIT_TEE;
		}
		printf("%s %" PRIu64 "\n", kind, time_us);
	}
	tee_close(&tee);
	return EXIT_OK;
}
