// SPDX-License-Identifier: MIT
#include <string.h>

#include "probe.h"
#include "storage_probe.h"

#define DATA_OFFSET	4096

void probe_open(struct probe *probe, uint32_t storage, size_t data_max)
{
	static const struct ta_uuid uuid = STORAGE_PROBE_UUID;

	probe->storage = storage;
	tee_open(&probe->tee, &uuid, DATA_OFFSET + data_max);
}

uint8_t *probe_data(const struct probe *probe)
{
	return probe->tee.shm + DATA_OFFSET;
}

static uint64_t data_type(uint32_t command)
{
	switch (command) {
	case STORAGE_PROBE_READ:
		return TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT;
	case STORAGE_PROBE_WRITE:
	case STORAGE_PROBE_UPDATE:
		return TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT;
	default:
		return TEE_IOCTL_PARAM_ATTR_TYPE_NONE;
	}
}

uint32_t probe_call(const struct probe *probe, uint32_t command,
		    const char *name, uint32_t value, size_t *size)
{
	struct tee_ioctl_param params[TEE_PARAMETERS] = { 0 };
	uint32_t result = 0;

	memcpy(probe->tee.shm, name, strlen(name));
	params[0] = tee_memory(&probe->tee,
			       TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT, 0,
			       strlen(name));
	if (size) {
		params[1] = tee_memory(&probe->tee, data_type(command),
				       DATA_OFFSET, *size);
	}
	params[2] = (struct tee_ioctl_param){
		TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT,
		probe->storage, value, 0,
	};
	result = tee_invoke(&probe->tee, command, params);
	if (size) {
		*size = params[1].b;
	}
	return result;
}
