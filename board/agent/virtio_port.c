// SPDX-License-Identifier: MIT
/*
 * Finds the port in sysfs, because the names in /dev/virtio-ports are udev's:
 * an initramfs need not have them, and they come later than the port.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "virtio_port.h"

#define CLASS		"/sys/class/virtio-ports"
#define NAME_MAX_SIZE	64

static bool has_name(const char *device, const char *name)
{
	char path[sizeof(CLASS) + 256 + sizeof("//name")];
	char found[NAME_MAX_SIZE] = { 0 };
	ssize_t count = 0;
	int file = -1;

	snprintf(path, sizeof(path), CLASS "/%s/name", device);
	/* The attribute appears when the host has told the name. */
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0) {
		return false;
	}
	count = read(file, found, sizeof(found) - 1);
	close(file);
	found[strcspn(found, "\n")] = 0;
	return count > 0 && !strcmp(found, name);
}

static int open_device(const char *device)
{
	char path[sizeof("/dev/") + 256];
	int port = -1;

	snprintf(path, sizeof(path), "/dev/%s", device);
	port = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return port < 0 ? -errno : port;
}

int virtio_port_open(const char *name)
{
	DIR *ports = opendir(CLASS);
	struct dirent *entry = NULL;
	int result = -ENOENT;

	if (!ports) {
		return -errno;
	}
	while (result == -ENOENT && (entry = readdir(ports))) {
		if (entry->d_name[0] != '.' && has_name(entry->d_name, name)) {
			result = open_device(entry->d_name);
		}
	}
	closedir(ports);
	return result;
}
