// SPDX-License-Identifier: MIT
/*
 * board-agent: runs scripts and writes files for the host, over a
 * virtio-serial port. PROTOCOL.md describes what is spoken there.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "jobs.h"
#include "link.h"
#include "outgoing.h"
#include "protocol.h"
#include "put.h"

#define DEFAULT_PORT	"tpmready.agent"

static const char help[] =
"board-agent [--port NAME]\n"
"\n"
"Serves the host over the virtio-serial port NAME (" DEFAULT_PORT ").\n"
"Waits for the port and survives the host's absence. A NAME that begins with\n"
"a slash is the path of a Unix socket, to which it connects.\n";

static void handle_frame(const struct frame *frame)
{
	switch (frame->type) {
	case FRAME_RUN:
	case FRAME_RUN_WITH_STDIN:
		jobs_run(frame, frame->type == FRAME_RUN_WITH_STDIN);
		break;
	case FRAME_SIGNAL:
		jobs_signal(frame);
		break;
	case FRAME_STDIN:
		jobs_stdin(frame);
		break;
	case FRAME_PUT:
		put_file(frame);
		break;
	default:
		outgoing_queue_error(frame->id, frame->type,
				     "unknown frame type %u", frame->type);
		break;
	}
}

/* A descriptor that becomes readable when a child ends. */
static int watch_children(void)
{
	sigset_t children;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	return signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void reap_children(int children)
{
	struct signalfd_siginfo info;

	/* Signals merge, so what was read does not say who has ended. */
	while (read(children, &info, sizeof(info)) > 0) {
	}
	jobs_reap();
}

static void set_environment(void)
{
	setenv("HOME", "/root", 0);
	setenv("TERM", "dumb", 0);
	setenv("LC_ALL", "C.UTF-8", 0);
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
	       "/sbin:/bin", 0);
}

static void serve(int children)
{
	static struct pollfd entries[2 + JOBS_POLL_MAX];

	for (;;) {
		size_t count = 2;

		entries[0] = (struct pollfd){ children, POLLIN, 0 };
		entries[1] = link_poll_entry();
		count += jobs_poll_entries(entries + 2);
		if (poll(entries, count,
			 link_needs_retry() ? LINK_RETRY_MS : -1) < 0 &&
		    errno != EINTR) {
			/* No memory: try again a little later. */
			usleep(LINK_RETRY_MS * 1000);
		}
		if (entries[0].revents & POLLIN) {
			reap_children(children);
		}
		/* In this order: what was sent makes room for the jobs. */
		link_work(entries[1].revents);
		jobs_work();
	}
}

int main(int argc, char **argv)
{
	const char *port = DEFAULT_PORT;
	int children = -1;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(help, stdout);
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "--port")) {
		port = argv[2];
	} else if (argc != 1) {
		fputs("board-agent: wrong arguments; see board-agent --help\n",
		      stderr);
		return 64;
	}
	signal(SIGPIPE, SIG_IGN);
	set_environment();
	children = watch_children();
	if (children < 0) {
		perror("board-agent: signalfd");
		return 1;
	}
	link_start(port, handle_frame);
	serve(children);
}
