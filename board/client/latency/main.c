// SPDX-License-Identifier: MIT
/* board-latency: how long what needs a supplicant takes, one line a call. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "latency.h"
#include "storage_probe.h"

/* TEE Internal Core API 1.3.1, table 5-2; OP-TEE tee_api_defines_extensions.h */
#define STORAGE_PRIVATE		0x00000001u
#define STORAGE_PRIVATE_RPMB	0x80000100u

#define NUMBERS_MAX	FLOOR_NUMBERS

static const char help[] =
"board-latency [--storage rpmb] COMMAND\n"
"\n"
"  calls COUNT CLIENTS...       for each number of clients (1 to 64): each has an object\n"
"                               of one block of 4096 bytes; together they read them\n"
"                               COUNT times, and overwrite them COUNT times, or a few\n"
"                               times more, so that each does as much; prints\n"
"                               \"read_CLIENTS US\" or \"update_CLIENTS US\" for each\n"
"  load UUID COUNT              opens a session with a TA COUNT times; \"load US\"\n"
"  chunks read|write|rewrite SIZE CHUNK COUNT\n"
"                               what xtest's cases 1001 to 1003 measure: SIZE bytes in\n"
"                               chunks; \"read US\", as the TA reports it\n"
"  floor DIRECTORY READS BYTES WRITES BYTES FLUSHES OPENS\n"
"                               so many calls to a file there, without any supplicant;\n"
"                               prints \"user US\" and \"system US\", processor time\n"
"\n"
"Exit status: 0 done; 1 this machine refused; 3 the TEE or the kernel's driver did;\n"
"64 wrong arguments.\n";

uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int usage(void)
{
	fputs("board-latency: wrong arguments; see board-latency --help\n",
	      stderr);
	return EXIT_USAGE;
}

static bool parse_numbers(int count, char **words, uint64_t *numbers)
{
	for (int i = 0; i < count; i++) {
		char *end = NULL;

		errno = 0;
		numbers[i] = strtoull(words[i], &end, 10);
		if (words[i][0] < '0' || words[i][0] > '9' || errno || *end ||
		    numbers[i] > UINT32_MAX) {
			return false;
		}
	}
	return true;
}

/* Text as in RFC 4122. */
static bool parse_uuid(const char *text, struct ta_uuid *uuid)
{
	int end = 0;

	return sscanf(text, "%8" SCNx32 "-%4" SCNx16 "-%4" SCNx16
		      "-%2" SCNx8 "%2" SCNx8 "-%2" SCNx8 "%2" SCNx8 "%2" SCNx8
		      "%2" SCNx8 "%2" SCNx8 "%2" SCNx8 "%n", &uuid->low,
		      &uuid->mid, &uuid->high, &uuid->rest[0], &uuid->rest[1],
		      &uuid->rest[2], &uuid->rest[3], &uuid->rest[4],
		      &uuid->rest[5], &uuid->rest[6], &uuid->rest[7],
		      &end) == 11 && end == 36 && !text[end];
}

static int run_calls(uint32_t storage, int argc, char **argv)
{
	uint64_t numbers[NUMBERS_MAX] = { 0 };

	if (argc < 2 || argc > NUMBERS_MAX ||
	    !parse_numbers(argc, argv, numbers) || numbers[0] == 0) {
		return usage();
	}
	for (int i = 1; i < argc; i++) {
		if (numbers[i] == 0 || numbers[i] > CLIENTS_MAX) {
			return usage();
		}
	}
	return measure_calls(storage, numbers[0], argc - 1, numbers + 1);
}

static int run_load(int argc, char **argv)
{
	uint64_t count = 0;
	struct ta_uuid uuid = { 0 };

	if (argc != 2 || !parse_uuid(argv[0], &uuid) ||
	    !parse_numbers(1, argv + 1, &count)) {
		return usage();
	}
	return measure_loads(&uuid, count);
}

static int run_chunks(int argc, char **argv)
{
	uint64_t numbers[NUMBERS_MAX] = { 0 };

	if (argc != 4 || !parse_numbers(3, argv + 1, numbers) ||
	    (strcmp(argv[0], "read") && strcmp(argv[0], "write") &&
	     strcmp(argv[0], "rewrite"))) {
		return usage();
	}
	return measure_chunks(argv[0], numbers[0], numbers[1], numbers[2]);
}

static int run_floor(int argc, char **argv)
{
	uint64_t numbers[NUMBERS_MAX] = { 0 };

	if (argc != 1 + FLOOR_NUMBERS ||
	    !parse_numbers(FLOOR_NUMBERS, argv + 1, numbers)) {
		return usage();
	}
	return measure_floor(argv[0], numbers);
}

int main(int argc, char **argv)
{
	uint32_t storage = STORAGE_PRIVATE;

	if (argc > 1 && !strcmp(argv[1], "--help")) {
		fputs(help, stdout);
		return EXIT_OK;
	}
	if (argc > 2 && !strcmp(argv[1], "--storage")) {
		if (strcmp(argv[2], "rpmb")) {
			return usage();
		}
		storage = STORAGE_PRIVATE_RPMB;
		argc -= 2;
		argv += 2;
	}
	if (argc < 2) {
		return usage();
	}
	if (!strcmp(argv[1], "calls")) {
		return run_calls(storage, argc - 2, argv + 2);
	}
	if (!strcmp(argv[1], "load")) {
		return run_load(argc - 2, argv + 2);
	}
	if (!strcmp(argv[1], "chunks")) {
		return run_chunks(argc - 2, argv + 2);
	}
	if (!strcmp(argv[1], "floor")) {
		return run_floor(argc - 2, argv + 2);
	}
	return usage();
}
