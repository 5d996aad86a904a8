// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "latency.h"

/* OP-TEE's files have blocks of this size (core/tee/fs_htree.c). */
#define BLOCK		4096
#define FILE_BLOCKS	16

enum { READS, READ_BYTES, WRITES, WRITE_BYTES, FLUSHES, OPENS };

static void die(const char *what)
{
	fprintf(stderr, "board-latency: %s: %s\n", what, strerror(errno));
	exit(EXIT_WRONG);
}

static int open_file(const char *path)
{
	int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (file < 0) {
		die(path);
	}
	return file;
}

/* How many of all there are in the slice `i` of `slices`. */
static uint64_t share(uint64_t all, uint64_t i, uint64_t slices)
{
	return all * (i + 1) / slices - all * i / slices;
}

static off_t place(uint64_t i)
{
	return (off_t)(i % FILE_BLOCKS * BLOCK);
}

/* Reads and writes lie evenly between the flushes; opens do, too. */
static void run(const char *path, const uint64_t *numbers, uint8_t *buffer,
		uint64_t slices)
{
	size_t read_size = numbers[READS] ?
			   numbers[READ_BYTES] / numbers[READS] : 0;
	size_t write_size = numbers[WRITES] ?
			    numbers[WRITE_BYTES] / numbers[WRITES] : 0;
	int file = open_file(path);

	for (uint64_t i = 0; i < slices; i++) {
		for (uint64_t n = share(numbers[OPENS], i, slices); n > 0;
		     n--) {
			close(file);
			file = open_file(path);
		}
		for (uint64_t n = share(numbers[READS], i, slices); n > 0;
		     n--) {
			if (pread(file, buffer, read_size, place(i + n)) < 0) {
				die("read");
			}
		}
		for (uint64_t n = share(numbers[WRITES], i, slices); n > 0;
		     n--) {
			if (pwrite(file, buffer, write_size, place(i + n)) !=
			    (ssize_t)write_size) {
				die("write");
			}
		}
		if (share(numbers[FLUSHES], i, slices) && fdatasync(file)) {
			die("flush");
		}
	}
	close(file);
}

static uint64_t us_of(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000000 + (uint64_t)time->tv_usec;
}

int measure_floor(const char *directory, const uint64_t *numbers)
{
	uint64_t slices = numbers[FLUSHES] ? numbers[FLUSHES] : 1;
	size_t largest = numbers[READ_BYTES] + numbers[WRITE_BYTES] + 1;
	uint8_t *buffer = calloc(1, largest);
	struct rusage before;
	struct rusage after;
	char *path = NULL;
	int file = 0;

	if (!buffer || asprintf(&path, "%s/floor", directory) < 0) {
		die("memory");
	}
	/* The file has its blocks before, as an object has that is updated. */
	file = open_file(path);
	for (uint64_t i = 0; i < FILE_BLOCKS; i++) {
		if (pwrite(file, path, 1, place(i) + BLOCK - 1) != 1) {
			die(path);
		}
	}
	if (fsync(file)) {
		die(path);
	}
	close(file);
	getrusage(RUSAGE_SELF, &before);
	run(path, numbers, buffer, slices);
	getrusage(RUSAGE_SELF, &after);
	unlink(path);
	printf("user %" PRIu64 "\n",
	       us_of(&after.ru_utime) - us_of(&before.ru_utime));
	printf("system %" PRIu64 "\n",
	       us_of(&after.ru_stime) - us_of(&before.ru_stime));
	free(path);
	free(buffer);
	return EXIT_OK;
}
