// SPDX-License-Identifier: MIT
/* The scripts that run for the host. */
#ifndef JOBS_H
#define JOBS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "link.h"

#define JOBS_POLL_MAX	256

/* Handlers of frames; each answers with ERROR when it cannot do its work. */
void jobs_run(const struct frame *frame, bool with_stdin);
void jobs_signal(const struct frame *frame);
void jobs_stdin(const struct frame *frame);

/* Fills in what to poll for and returns how many entries (JOBS_POLL_MAX). */
size_t jobs_poll_entries(struct pollfd *entries);

/* Takes notice of jobs that have ended. To be called after SIGCHLD. */
void jobs_reap(void);

/* Moves input, output and exit codes as far as possible. Never blocks. */
void jobs_work(void);

#endif
