// SPDX-License-Identifier: MIT
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "job.h"
#include "jobs.h"
#include "outgoing.h"
#include "spawn.h"

#define ACTIVE_MAX	64
#define SLOTS		128

static struct job jobs[SLOTS];

/* ---- slots ------------------------------------------------------------ */

static bool is_active(const struct job *job)
{
	return job->state == RUNNING || job->state == ENDED;
}

static struct job *job_by_id(uint32_t id)
{
	for (size_t i = 0; i < SLOTS; i++) {
		if (is_active(&jobs[i]) && jobs[i].id == id) {
			return &jobs[i];
		}
	}
	return NULL;
}

static size_t active_jobs(void)
{
	size_t count = 0;

	for (size_t i = 0; i < SLOTS; i++) {
		count += is_active(&jobs[i]);
	}
	return count;
}

static struct job *slot_in_state(enum job_state state)
{
	for (size_t i = 0; i < SLOTS; i++) {
		if (jobs[i].state == state) {
			return &jobs[i];
		}
	}
	return NULL;
}

/* There are more slots than active jobs, so one is free or BACKGROUND. */
static struct job *take_slot(void)
{
	struct job *job = slot_in_state(FREE);

	if (!job) {
		job = slot_in_state(BACKGROUND);
		job_close_out(job);
	}
	*job = (struct job){ .out = -1, .in = -1 };
	return job;
}

/* ---- frames ----------------------------------------------------------- */

/* Returns NULL, or why the script cannot run. */
static const char *check_run(const struct frame *frame)
{
	if (frame->id == 0) {
		return "id 0 is not for requests";
	}
	if (job_by_id(frame->id)) {
		return "a job with this id is running";
	}
	if (frame->size == 0 || frame->size > SCRIPT_MAX) {
		return "a script has 1 to 131071 bytes; send a longer one "
		       "with PUT and run the file";
	}
	if (memchr(frame->payload, 0, frame->size)) {
		return "the script contains a NUL byte";
	}
	if (active_jobs() == ACTIVE_MAX) {
		return "64 jobs are running";
	}
	return NULL;
}

void jobs_run(const struct frame *frame, bool with_stdin)
{
	const char *wrong = check_run(frame);
	struct job *job = NULL;
	int error = 0;

	if (wrong) {
		outgoing_queue_error(frame->id, frame->type, "%s", wrong);
		return;
	}
	job = take_slot();
	if (with_stdin) {
		job->in_bytes = malloc(STDIN_MAX);
	}
	error = with_stdin && !job->in_bytes ? ENOMEM :
		spawn_script(frame->payload, frame->size, &job->pid, &job->out,
			     with_stdin ? &job->in : NULL);
	if (error) {
		job_close_in(job);
		outgoing_queue_error(frame->id, frame->type,
				     "cannot start /bin/bash: %s",
				     strerror(error));
		return;
	}
	job->id = frame->id;
	job->state = RUNNING;
}

void jobs_signal(const struct frame *frame)
{
	struct job *job = job_by_id(frame->id);
	int number = frame->size == 1 ? frame->payload[0] : 0;

	if (number < 1 || number > 64) {
		outgoing_queue_error(frame->id, frame->type,
				     "the payload is not a signal number");
	} else if (!job || job->state != RUNNING) {
		/* Its process group number may belong to others by now. */
		outgoing_queue_error(frame->id, frame->type,
				     "no such job is running");
	} else if (kill(-job->pid, number) < 0) {
		outgoing_queue_error(frame->id, frame->type, "kill: %s",
				     strerror(errno));
	}
}

void jobs_stdin(const struct frame *frame)
{
	struct job *job = job_by_id(frame->id);

	if (!job || job->in < 0 || job->in_ends) {
		outgoing_queue_error(frame->id, frame->type,
				     "no such job reads standard input");
	} else if (frame->size == 0) {
		job->in_ends = true;
	} else if (frame->size > STDIN_MAX - job->in_used) {
		outgoing_queue_error(frame->id, frame->type,
				     "%zu bytes wait already, limit %d",
				     job->in_used, STDIN_MAX);
	} else {
		memcpy(job->in_bytes + job->in_used, frame->payload,
		       frame->size);
		job->in_used += frame->size;
	}
}

/* ---- all jobs --------------------------------------------------------- */

void jobs_work(void)
{
	for (size_t i = 0; i < SLOTS; i++) {
		job_work(&jobs[i]);
	}
}

void jobs_reap(void)
{
	for (size_t i = 0; i < SLOTS; i++) {
		int status = 0;

		if (jobs[i].state == RUNNING &&
		    waitpid(jobs[i].pid, &status, WNOHANG) == jobs[i].pid) {
			job_ended(&jobs[i], status);
		}
	}
}

static void add(struct pollfd *entries, size_t *count, int fd, short events)
{
	if (fd >= 0) {
		entries[(*count)++] = (struct pollfd){ fd, events, 0 };
	}
}

size_t jobs_poll_entries(struct pollfd *entries)
{
	bool out_has_room = outgoing_room() >= OUT_ROOM;
	size_t count = 0;

	for (size_t i = 0; i < SLOTS; i++) {
		const struct job *job = &jobs[i];

		/* A pipe reports its end even when nothing is asked. */
		if (job->state != FREE &&
		    (out_has_room || job->state == BACKGROUND)) {
			add(entries, &count, job->out, POLLIN);
		}
		if (job->state == RUNNING && job->in_used > 0) {
			add(entries, &count, job->in, POLLOUT);
		}
	}
	return count;
}
