// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <linux/tee.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "storage_probe.h"
#include "tee.h"

#define DEVICE		"/dev/tee0"
#define PARAMETERS	4
#define EXIT_TEE	3

/* The UUID as the kernel wants it: 16 octets in text order (RFC 4122). */
struct ta_uuid {
	uint32_t low;
	uint16_t mid;
	uint16_t high;
	uint8_t rest[8];
};

static void put_uuid(uint8_t *octets)
{
	const struct ta_uuid uuid = STORAGE_PROBE_UUID;

	for (int i = 0; i < 4; i++) {
		octets[i] = (uint8_t)(uuid.low >> (24 - 8 * i));
	}
	for (int i = 0; i < 2; i++) {
		octets[4 + i] = (uint8_t)(uuid.mid >> (8 - 8 * i));
		octets[6 + i] = (uint8_t)(uuid.high >> (8 - 8 * i));
	}
	memcpy(octets + 8, uuid.rest, sizeof(uuid.rest));
}

static void fail(const char *what, const char *remedy)
{
	fprintf(stderr, "board-storage: %s: %s; %s\n", what, strerror(errno),
		remedy);
	exit(EXIT_TEE);
}

static void open_device(struct tee *tee)
{
	struct tee_ioctl_version_data version = { 0 };

	tee->device = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (tee->device < 0) {
		fail(DEVICE, "load the optee driver");
	}
	if (ioctl(tee->device, TEE_IOC_VERSION, &version) < 0) {
		fail(DEVICE, "it is not a TEE device");
	}
	if (version.impl_id != TEE_IMPL_ID_OPTEE) {
		fprintf(stderr, "board-storage: %s is not OP-TEE (id %u)\n",
			DEVICE, version.impl_id);
		exit(EXIT_TEE);
	}
}

static void open_session(struct tee *tee)
{
	struct tee_ioctl_open_session_arg arg = {
		.clnt_login = TEE_IOCTL_LOGIN_PUBLIC,
	};
	struct tee_ioctl_buf_data data = {
		.buf_ptr = (uintptr_t)&arg,
		.buf_len = sizeof(arg),
	};

	put_uuid(arg.uuid);
	if (ioctl(tee->device, TEE_IOC_OPEN_SESSION, &data) < 0) {
		fail("open session", "see the kernel log");
	}
	if (arg.ret) {
		fprintf(stderr, "board-storage: open session: TEE error %#x, "
			"origin %u; is the supplicant running, and is the TA "
			"in its folder?\n", arg.ret, arg.ret_origin);
		exit(EXIT_TEE);
	}
	tee->session = arg.session;
}

static void allocate_shm(struct tee *tee, size_t size)
{
	struct tee_ioctl_shm_alloc_data arg = { .size = size };

	tee->shm_descriptor = ioctl(tee->device, TEE_IOC_SHM_ALLOC, &arg);
	if (tee->shm_descriptor < 0) {
		fail("shared memory", "the kernel has too little memory");
	}
	tee->shm_id = arg.id;
	tee->shm_size = size;
	tee->shm = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			tee->shm_descriptor, 0);
	if (tee->shm == MAP_FAILED) {
		fail("map shared memory", "the kernel has too little memory");
	}
}

void tee_open(struct tee *tee, uint32_t storage, size_t data_max)
{
	*tee = (struct tee){ .storage = storage };
	open_device(tee);
	open_session(tee);
	allocate_shm(tee, TEE_DATA_OFFSET + data_max);
}

uint8_t *tee_data(const struct tee *tee)
{
	return tee->shm + TEE_DATA_OFFSET;
}

static uint64_t data_attribute(uint32_t command)
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

uint32_t tee_call(const struct tee *tee, uint32_t command, const char *name,
		  uint32_t value, size_t *size)
{
	/* The parameters follow the fixed part directly (linux/tee.h). */
	struct {
		struct tee_ioctl_invoke_arg arg;
		struct tee_ioctl_param params[PARAMETERS];
	} call = {
		.arg = {
			.func = command,
			.session = tee->session,
			.num_params = PARAMETERS,
		},
	};
	struct tee_ioctl_buf_data data = {
		.buf_ptr = (uintptr_t)&call,
		.buf_len = sizeof(call),
	};

	memcpy(tee->shm, name, strlen(name));
	call.params[0] = (struct tee_ioctl_param){
		TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT,
		0, strlen(name), (uint64_t)tee->shm_id,
	};
	if (size) {
		call.params[1] = (struct tee_ioctl_param){
			data_attribute(command),
			TEE_DATA_OFFSET, *size, (uint64_t)tee->shm_id,
		};
	}
	call.params[2] = (struct tee_ioctl_param){
		TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT,
		tee->storage, value, 0,
	};
	if (ioctl(tee->device, TEE_IOC_INVOKE, &data) < 0) {
		fail("call the TA", "see the kernel log");
	}
	if (size) {
		*size = call.params[1].b;
	}
	return call.arg.ret;
}
