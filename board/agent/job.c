// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "job.h"
#include "outgoing.h"

#define EXIT_ROOM	(HEADER_SIZE + 4)

void job_close_out(struct job *job)
{
	if (job->out >= 0) {
		close(job->out);
		job->out = -1;
	}
}

void job_close_in(struct job *job)
{
	if (job->in >= 0) {
		close(job->in);
		job->in = -1;
	}
	free(job->in_bytes);
	job->in_bytes = NULL;
	job->in_used = 0;
}

static void write_stdin(struct job *job)
{
	while (job->in >= 0 && job->in_used > 0) {
		ssize_t count = write(job->in, job->in_bytes, job->in_used);

		if (count > 0) {
			job->in_used -= (size_t)count;
			memmove(job->in_bytes, job->in_bytes + count,
				job->in_used);
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != EINTR) {
			job_close_in(job);
		}
	}
	if (job->in_ends) {
		job_close_in(job);
	}
}

/* Sends one OUT of up to `limit` bytes. */
static void read_output(struct job *job, size_t limit)
{
	uint8_t bytes[OUT_MAX];
	ssize_t count = 0;

	if (job->out < 0 || outgoing_room() < OUT_ROOM) {
		return;
	}
	count = read(job->out, bytes, limit < OUT_MAX ? limit : OUT_MAX);
	if (count > 0) {
		outgoing_queue(FRAME_OUT, job->id, bytes, (size_t)count);
		job->owed -= job->state == ENDED ? (size_t)count : 0;
	} else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
		job_close_out(job);
	}
}

static void finish(struct job *job)
{
	if (job->out >= 0 && job->owed > 0) {
		read_output(job, job->owed);
	}
	if ((job->out < 0 || job->owed == 0) && outgoing_room() >= EXIT_ROOM) {
		outgoing_queue_exit(job->id, job->exit_code);
		job->state = job->out < 0 ? FREE : BACKGROUND;
	}
}

static void drop_output(struct job *job)
{
	uint8_t bytes[OUT_MAX];
	ssize_t count = read(job->out, bytes, sizeof(bytes));

	if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
		job_close_out(job);
		job->state = FREE;
	}
}

void job_work(struct job *job)
{
	switch (job->state) {
	case RUNNING:
		write_stdin(job);
		read_output(job, OUT_MAX);
		break;
	case ENDED:
		finish(job);
		break;
	case BACKGROUND:
		drop_output(job);
		break;
	case FREE:
		break;
	}
}

void job_ended(struct job *job, int status)
{
	int waiting = 0;

	job->state = ENDED;
	job->exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
					       WEXITSTATUS(status);
	job_close_in(job);
	if (job->out >= 0 && ioctl(job->out, FIONREAD, &waiting) == 0) {
		job->owed = (size_t)waiting;
	}
}
