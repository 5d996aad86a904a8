// SPDX-License-Identifier: MIT
#ifndef JOB_H
#define JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol.h"

#define STDIN_MAX	(1024 * 1024)

/* Output never takes the room that exit codes and errors need. */
#define OUT_ROOM	(HEADER_SIZE + OUT_MAX + 64 * 1024)

enum job_state {
	FREE,
	RUNNING,
	ENDED,		/* bash has ended; output up to then, and EXIT, to be sent */
	BACKGROUND,	/* EXIT is sent; what the script left behind may write */
};

struct job {
	enum job_state state;
	uint32_t id;
	pid_t pid;
	int out;		/* its output; -1 after the end of file */
	int in;			/* its standard input, or -1 */
	uint8_t *in_bytes;
	size_t in_used;
	bool in_ends;		/* close it when everything is written */
	int exit_code;
	size_t owed;		/* bytes in the pipe when bash ended */
};

/* Moves input, output and the exit code as far as possible. Never blocks. */
void job_work(struct job *job);

/* bash has ended with this wait status. */
void job_ended(struct job *job, int status);

void job_close_in(struct job *job);
void job_close_out(struct job *job);

#endif
