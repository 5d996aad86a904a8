// SPDX-License-Identifier: MIT
/* For the tests: a socket in the current directory instead of the port. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "port.h"

int port_open_once(void)
{
	const struct sockaddr_un address = {
		.sun_family = AF_UNIX,
		.sun_path = "tpm-port.socket",
	};
	int port = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (port >= 0 && connect(port, (const struct sockaddr *)&address,
				 sizeof(address)) < 0) {
		int error = errno;

		close(port);
		return -error;
	}
	return port < 0 ? -errno : port;
}
