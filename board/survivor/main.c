// SPDX-License-Identifier: MIT
/*
 * board-survivor: counts in the TPM's non-volatile memory without pause, with the device open from its start in the
 * initrd, until it is told to end. It needs nothing of the root that it came from.
 *
 * board-survivor LOG   a line for each command: "MICROSECONDS VALUE", or "MICROSECONDS failed CODE"
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* TPM 2.0 Library, part 1, section 37 (NV) and part 3: TPM2_NV_DefineSpace, TPM2_NV_Increment, TPM2_NV_Read. */
#define INDEX		0x01, 0x50, 0x00, 0x18
#define PASSWORD	0x00, 0x00, 0x00, 0x09, 0x40, 0x00, 0x00, 0x09, 0x00, 0x00, 0x00, 0x00, 0x00
#define OWNER		0x40, 0x00, 0x00, 0x01

/* A counter of 8 bytes, authread|authwrite|no_da: a power cut must not count as a failed try. */
static const uint8_t define[] = {
	0x80, 0x02, 0x00, 0x00, 0x00, 0x2d, 0x00, 0x00, 0x01, 0x2a, OWNER, PASSWORD, 0x00, 0x00,
	0x00, 0x0e, INDEX, 0x00, 0x0b, 0x02, 0x04, 0x00, 0x14, 0x00, 0x00, 0x00, 0x08,
};
static const uint8_t increment[] = {
	0x80, 0x02, 0x00, 0x00, 0x00, 0x1f, 0x00, 0x00, 0x01, 0x34, INDEX, INDEX, PASSWORD,
};
static const uint8_t read_counter[] = {
	0x80, 0x02, 0x00, 0x00, 0x00, 0x23, 0x00, 0x00, 0x01, 0x4e, INDEX, INDEX, PASSWORD,
	0x00, 0x08, 0x00, 0x00,
};

#define NO_ANSWER	0xffffffffu
#define ALREADY_DEFINED	0x14cu
#define VALUE_AT	16

static volatile sig_atomic_t end;

static void on_end(int number)
{
	(void)number;
	end = 1;
}

static uint64_t microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static uint64_t big_endian(const uint8_t *bytes, int count)
{
	uint64_t value = 0;

	while (count--)
		value = value << 8 | *bytes++;
	return value;
}

/* The TPM's response code; NO_ANSWER if the driver gave none. Codes of the TEE come through write, without errno. */
static uint32_t command(int tpm, const uint8_t *bytes, size_t size, uint8_t *answer, size_t room)
{
	if (write(tpm, bytes, size) != (ssize_t)size)
		return NO_ANSWER;
	if (read(tpm, answer, room) < 10)
		return NO_ANSWER;
	return big_endian(answer + 6, 4);
}

static int open_tpm(void)
{
	int tpm;

	do {
		tpm = open("/dev/tpmrm0", O_RDWR | O_CLOEXEC);
	} while (tpm < 0 && !end && usleep(20000) == 0);
	return tpm;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_end, .sa_flags = SA_RESTART };
	uint8_t answer[4096];
	uint32_t code;
	int log, tpm;

	if (argc < 2) {
		fprintf(stderr, "board-survivor LOG\n");
		return 64;
	}

	/* A command that a signal breaks off would make the TPM panic: it is finished first. */
	sigaction(SIGTERM, &action, NULL);
	log = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	tpm = open_tpm();
	if (log < 0 || tpm < 0) {
		fprintf(stderr, "board-survivor: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}

	code = command(tpm, define, sizeof(define), answer, sizeof(answer));
	if (code && code != ALREADY_DEFINED)
		dprintf(log, "0 failed 0x%x\n", code);

	while (!end) {
		uint64_t start = microseconds();

		code = command(tpm, increment, sizeof(increment), answer, sizeof(answer));
		if (!code)
			code = command(tpm, read_counter, sizeof(read_counter), answer, sizeof(answer));
		start = microseconds() - start;
		if (code)
			dprintf(log, "%llu failed 0x%x\n", (unsigned long long)start, code);
		else
			dprintf(log, "%llu %llu\n", (unsigned long long)start,
				(unsigned long long)big_endian(answer + VALUE_AT, 8));
	}
	return 0;
}
