// SPDX-License-Identifier: MIT
#ifndef VIRTIO_PORT_H
#define VIRTIO_PORT_H

/*
 * Opens the virtio-serial port with this name, non-blocking and
 * close-on-exec. Returns a descriptor or a negative errno: -ENOENT when there
 * is no such port (yet), -EBUSY when somebody has it open.
 */
int virtio_port_open(const char *name);

#endif
