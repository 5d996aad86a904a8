// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "protocol.h"
#include "spawn.h"

static const char shell[] = "/bin/bash";

/* In the child, after fork: only what POSIX allows there. */
static _Noreturn void become_script(const char *script, int in, int out,
				    int started)
{
	char *const arguments[] = { (char *)shell, "-c", (char *)script, NULL };
	static const char failed[] = "board-agent: cannot run /bin/bash\n";
	sigset_t none;

	setsid();
	close(started);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
	    dup2(out, STDERR_FILENO) >= 0 && chdir("/") == 0) {
		execv(shell, arguments);
	}
	if (write(out, failed, sizeof(failed) - 1) < 0) {
		_exit(126);
	}
	_exit(127);
}

/*
 * A signal for the process group can be sent only when the child has made
 * that group. The child closes its end of the pipe then, or dies.
 */
static void wait_for_start(const int *started)
{
	char byte;

	close(started[1]);
	while (read(started[0], &byte, 1) < 0 && errno == EINTR) {
	}
	close(started[0]);
}

static void close_pair(const int *pair)
{
	close(pair[0]);
	close(pair[1]);
}

/* Standard input of the script: a pipe, or /dev/null and no write end. */
static int open_input(int *pair, bool is_pipe)
{
	if (is_pipe) {
		return pipe2(pair, O_CLOEXEC) < 0 ? errno : 0;
	}
	pair[1] = -1;
	pair[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return pair[0] < 0 ? errno : 0;
}

int spawn_script(const uint8_t *script, size_t size, pid_t *pid, int *out,
		 int *in)
{
	static char text[SCRIPT_MAX + 1];
	int output[2];
	int input[2];
	int started[2];
	int error = open_input(input, in != NULL);

	if (error) {
		return error;
	}
	if (pipe2(output, O_CLOEXEC) < 0) {
		error = errno;
		close_pair(input);
		return error;
	}
	if (pipe2(started, O_CLOEXEC) < 0) {
		error = errno;
		close_pair(input);
		close_pair(output);
		return error;
	}
	memcpy(text, script, size);
	text[size] = 0;
	*pid = fork();
	if (*pid == 0) {
		become_script(text, input[0], output[1], started[1]);
	}
	if (*pid < 0) {
		error = errno;
		close_pair(started);
		close_pair(input);
		close_pair(output);
		return error;
	}
	wait_for_start(started);
	close(input[0]);
	close(output[1]);
	/* Only our ends: the script's ends block, as programs expect. */
	fcntl(output[0], F_SETFL, O_NONBLOCK);
	*out = output[0];
	if (in) {
		fcntl(input[1], F_SETFL, O_NONBLOCK);
		*in = input[1];
	}
	return 0;
}
