// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <linux/tee.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tee.h"

#define DEVICE		"/dev/tee0"
#define EXIT_TEE	3

/* The UUID as the kernel wants it: 16 octets in text order (RFC 4122). */
static void put_uuid(const struct ta_uuid *uuid, uint8_t *octets)
{
	for (int i = 0; i < 4; i++) {
		octets[i] = (uint8_t)(uuid->low >> (24 - 8 * i));
	}
	for (int i = 0; i < 2; i++) {
		octets[4 + i] = (uint8_t)(uuid->mid >> (8 - 8 * i));
		octets[6 + i] = (uint8_t)(uuid->high >> (8 - 8 * i));
	}
	memcpy(octets + 8, uuid->rest, sizeof(uuid->rest));
}

static void fail(const char *what, const char *remedy)
{
	fprintf(stderr, "%s: %s: %s; %s\n", program_invocation_short_name,
		what, strerror(errno), remedy);
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
		fprintf(stderr, "%s: %s is not OP-TEE (id %u)\n",
			program_invocation_short_name, DEVICE, version.impl_id);
		exit(EXIT_TEE);
	}
}

static void open_session(struct tee *tee, const struct ta_uuid *uuid)
{
	struct tee_ioctl_open_session_arg arg = {
		.clnt_login = TEE_IOCTL_LOGIN_PUBLIC,
	};
	struct tee_ioctl_buf_data data = {
		.buf_ptr = (uintptr_t)&arg,
		.buf_len = sizeof(arg),
	};

	put_uuid(uuid, arg.uuid);
	if (ioctl(tee->device, TEE_IOC_OPEN_SESSION, &data) < 0) {
		fail("open session", "see the kernel log");
	}
	if (arg.ret) {
		fprintf(stderr, "%s: open session: TEE error %#x, origin %u; is "
			"the supplicant running, and is the TA in its "
			"folder?\n", program_invocation_short_name, arg.ret,
			arg.ret_origin);
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

void tee_open(struct tee *tee, const struct ta_uuid *uuid, size_t shm_size)
{
	*tee = (struct tee){ 0 };
	open_device(tee);
	open_session(tee, uuid);
	allocate_shm(tee, shm_size);
}

void tee_close(struct tee *tee)
{
	munmap(tee->shm, tee->shm_size);
	close(tee->shm_descriptor);
	/* The driver closes the sessions of a descriptor with it. */
	close(tee->device);
}

struct tee_ioctl_param tee_memory(const struct tee *tee, uint64_t type,
				  size_t offset, size_t size)
{
	return (struct tee_ioctl_param){
		type, offset, size, (uint64_t)tee->shm_id,
	};
}

uint32_t tee_invoke(const struct tee *tee, uint32_t command,
		    struct tee_ioctl_param *params)
{
	/* The parameters follow the fixed part directly (linux/tee.h). */
	struct {
		struct tee_ioctl_invoke_arg arg;
		struct tee_ioctl_param params[TEE_PARAMETERS];
	} call = {
		.arg = {
			.func = command,
			.session = tee->session,
			.num_params = TEE_PARAMETERS,
		},
	};
	struct tee_ioctl_buf_data data = {
		.buf_ptr = (uintptr_t)&call,
		.buf_len = sizeof(call),
	};

	memcpy(call.params, params, sizeof(call.params));
	if (ioctl(tee->device, TEE_IOC_INVOKE, &data) < 0) {
		fail("call the TA", "see the kernel log");
	}
	memcpy(params, call.params, sizeof(call.params));
	return call.arg.ret;
}
