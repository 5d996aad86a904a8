// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>

#include "port.h"

/*
 * Fixed, not from the environment: whoever can set the environment of the
 * supplicant shall not choose what the secure world talks to.
 */
#define PORT_PATH "/dev/virtio-ports/tpmready.tpm"

int port_open_once(void)
{
	int port = open(PORT_PATH, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	return port < 0 ? -errno : port;
}
