// SPDX-License-Identifier: MIT
/*
 * A service manager with one service: keeper SOCKET PROGRAM [ARGUMENT...]
 *
 * It starts the program, keeps descriptors for it as sd_notify(3) describes
 * (FDSTORE=1, FDSTOREREMOVE=1, FDNAME=, BARRIER=1, MAINPID=), and starts it
 * again as often as it ends, with what is kept (sd_listen_fds(3)). It ends when
 * its standard input does, and the program with it. KEEPER_PRELOAD becomes the
 * program's LD_PRELOAD; KEEPER_STORE=0 keeps nothing, as for a program that
 * does not ask.
 *
 * Lines on its standard input: "use PROGRAM" starts that one from now on,
 * "reload" does what ExecReload= of the packaged unit does.
 *
 * One line each: started PID, ready, kept NAME, forgot NAME, ended STATUS,
 * main PID, reloaded STATUS.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST	512
#define FIRST	3
#define SPARE	1000
#define NAME	64

static struct {
	int descriptor;
	char name[NAME];
} kept[MOST];
static int count;
static int notify;
static const char *address;
static pid_t child;
static pid_t reload;

static void fail(const char *text)
{
	perror(text);
	exit(125);
}

static void forget(const char *name)
{
	int i, left = 0;

	for (i = 0; i < count; i++) {
		if (strcmp(kept[i].name, name) == 0)
			close(kept[i].descriptor);
		else
			kept[left++] = kept[i];
	}
	count = left;
}

static void keep(const char *name, int descriptor)
{
	if (count == MOST)
		fail("keeper: the store is full");
	kept[count].descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, SPARE);
	snprintf(kept[count].name, NAME, "%s", name);
	count++;
}

static void understand(char *text, int descriptor)
{
	char *line, *state = NULL;
	char name[NAME] = "stored";
	int store = 0, removal = 0;

	for (line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
		if (strcmp(line, "READY=1") == 0)
			puts("ready");
		else if (strcmp(line, "FDSTORE=1") == 0)
			store = 1;
		else if (strcmp(line, "FDSTOREREMOVE=1") == 0)
			removal = 1;
		else if (strncmp(line, "FDNAME=", 7) == 0)
			snprintf(name, sizeof(name), "%s", line + 7);
		else if (strncmp(line, "MAINPID=", 8) == 0)
			printf("main %d\n", child = atoi(line + 8));
	}
	if (store && descriptor >= 0) {
		keep(name, descriptor);
		printf("kept %s\n", name);
	}
	if (removal) {
		forget(name);
		printf("forgot %s\n", name);
	}
	/* The descriptor of a barrier is closed, which is the answer. */
	if (descriptor >= 0)
		close(descriptor);
}

static int listen_once(void)
{
	char text[512];
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { text, sizeof(text) - 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	ssize_t length = recvmsg(notify, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *header;
	int descriptor = -1;

	if (length < 0)
		return 0;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(&descriptor, CMSG_DATA(header), sizeof(descriptor));
	text[length] = 0;
	understand(text, descriptor);
	return 1;
}

static void set_number(const char *name, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	setenv(name, text, 1);
}

static void execute(char **command)
{
	const char *preload = getenv("KEEPER_PRELOAD");
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (preload)
		setenv("LD_PRELOAD", preload, 1);
	execvp(command[0], command);
	fail("keeper: exec");
}

static void become(char **command, uint64_t now)
{
	static char names[MOST * NAME];
	int i;

	for (i = 0; i < count; i++) {
		if (dup2(kept[i].descriptor, FIRST + i) < 0)
			fail("keeper: dup2");
		strcat(strcat(names, i ? ":" : ""), kept[i].name);
	}
	if (count) {
		set_number("LISTEN_PID", (uint64_t)getpid());
		set_number("LISTEN_FDS", (uint64_t)count);
		setenv("LISTEN_FDNAMES", names, 1);
	}
	set_number("KEEPER_STARTED", now);
	setenv("NOTIFY_SOCKET", address, 1);
	if (strcmp(getenv("KEEPER_STORE") ? getenv("KEEPER_STORE") : "", "0") != 0)
		setenv("FDSTORE", "512", 1);
	execute(command);
}

static pid_t start(char **command)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	child = fork();
	if (child < 0)
		fail("keeper: fork");
	if (!child)
		become(command, (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec);
	printf("started %d\n", child);
	return child;
}

/* It is no main process, so it gets nothing but the number of the one that is. */
static pid_t start_successor(char **command, int words)
{
	char *longer[words + 2];
	char predecessor[32];
	pid_t successor;

	successor = fork();
	if (successor < 0)
		fail("keeper: fork");
	if (successor)
		return successor;
	snprintf(predecessor, sizeof(predecessor), "--succeed=%d", child);
	memcpy(longer, command, words * sizeof(*command));
	longer[words] = predecessor;
	longer[words + 1] = NULL;
	setenv("SCRIPTED_KERNEL_FOLLOWS", "1", 1);
	execute(longer);
	return 0;
}

/* False at the end of the input. */
static int obey(char **command, int words)
{
	char text[4096];
	ssize_t length = read(STDIN_FILENO, text, sizeof(text) - 1);
	char *line, *state = NULL;

	if (length <= 0)
		return 0;
	text[length] = 0;
	for (line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
		if (strncmp(line, "use ", 4) == 0)
			command[0] = strdup(line + 4);
		else if (strcmp(line, "reload") == 0)
			reload = start_successor(command, words);
	}
	return 1;
}

/* Successors are nobody's children but the keeper's, as with PID 1. */
static void reap(char **command)
{
	pid_t ended;
	int status;

	while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
		/* What it had sent before it died counts. */
		while (listen_once())
			;
		if (ended == reload) {
			printf("reloaded %d\n", status);
		} else if (ended == child) {
			printf("ended %d\n", status);
			child = start(command);
		}
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct signalfd_siginfo info;
	struct pollfd events[3] = { { .events = POLLIN }, { .events = POLLIN }, { .events = POLLIN } };
	sigset_t child_ended;
	int status;

	if (argc < 3)
		return 2;
	address = argv[1];
	setvbuf(stdout, NULL, _IOLBF, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", address);
	unlink(address);
	if (bind(notify, (struct sockaddr *)&name, sizeof(name)))
		fail("keeper: bind");
	sigemptyset(&child_ended);
	sigaddset(&child_ended, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child_ended, NULL);
	notify = fcntl(notify, F_DUPFD_CLOEXEC, SPARE);
	events[0].fd = notify;
	events[1].fd = fcntl(signalfd(-1, &child_ended, SFD_CLOEXEC), F_DUPFD_CLOEXEC, SPARE);
	events[2].fd = STDIN_FILENO;
	child = start(argv + 2);
	for (;;) {
		if (poll(events, 3, -1) < 0 && errno != EINTR)
			fail("keeper: poll");
		while (listen_once())
			;
		if (events[1].revents) {
			if (read(events[1].fd, &info, sizeof(info)) != sizeof(info))
				fail("keeper: signalfd");
			reap(argv + 2);
		}
		if (events[2].revents && !obey(argv + 2, argc - 2)) {
			kill(child, SIGKILL);
			waitpid(child, &status, 0);
			return 0;
		}
	}
}
