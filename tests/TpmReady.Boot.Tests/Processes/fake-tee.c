// SPDX-License-Identifier: MIT
/*
 * Preloaded into tee-supplicant: /dev/teepriv0 exists and is OP-TEE's. It
 * registers memory, keeps receivers waiting, and hands out one request to a
 * plug-in when FAKE_TEE_REQUEST is set; FAKE_TEE_FUNCTION asks for another
 * function with the same parameters. Each answer is written to the file
 * FAKE_TEE_LOG as "answer RESULT". Numbers and layouts: <linux/tee.h>.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tee.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#define RPC_PLUGIN	12
#define PARAMS		5

static int device = -1;
static atomic_int next_id = 1;
static atomic_int requests_left = -1;

static int is_device(const char *path)
{
	return strcmp(path, "/dev/teepriv0") == 0;
}

int open64(const char *path, int flags, ...)
{
	va_list arguments;
	unsigned int mode;
	int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, "open64");

	va_start(arguments, flags);
	mode = va_arg(arguments, unsigned int);
	va_end(arguments);
	if (!is_device(path))
		return next(path, flags, mode);
	device = eventfd(0, EFD_CLOEXEC);
	return device;
}

static void plugin_request(struct tee_iocl_supp_recv_arg *arg)
{
	struct tee_ioctl_param *p = arg->params;
	const char *function = getenv("FAKE_TEE_FUNCTION");

	arg->func = function ? atoi(function) : RPC_PLUGIN;
	arg->num_params = PARAMS;
	memset(p, 0, PARAMS * sizeof(*p));
	p[0].attr = TEE_IOCTL_PARAM_ATTR_META |
		    TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT;
	p[0].a = 1;
	p[1].attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT;
	p[1].b = 0x66FC7BF0;
	p[1].c = 0x154A8C95;
	p[2].attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT;
	p[2].a = 0x0E26C099;
	p[2].b = 0xDD75734E;
	p[3].attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT;
	p[4].attr = TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT;
	p[4].c = (uint64_t)-1;
}

static int receive(struct tee_ioctl_buf_data *data)
{
	int none = -1;
	int one = getenv("FAKE_TEE_REQUEST") != NULL;

	atomic_compare_exchange_strong(&requests_left, &none, one);
	if (atomic_fetch_sub(&requests_left, 1) > 0) {
		plugin_request((void *)(uintptr_t)data->buf_ptr);
		return 0;
	}
	atomic_store(&requests_left, 0);
	return poll(NULL, 0, -1);
}

static int answer(struct tee_ioctl_buf_data *data)
{
	struct tee_iocl_supp_send_arg *arg = (void *)(uintptr_t)data->buf_ptr;
	const char *path = getenv("FAKE_TEE_LOG");
	FILE *log = path ? fopen(path, "a") : NULL;

	if (log) {
		fprintf(log, "answer %08x\n", arg->ret);
		fclose(log);
	}
	return 0;
}

int ioctl(int descriptor, unsigned long request, ...)
{
	va_list arguments;
	void *argument;
	int (*next)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	/* A successor gets the open device from its predecessor. */
	if (device < 0 && (unsigned int)request == TEE_IOC_VERSION)
		device = descriptor;
	if (device < 0 || descriptor != device)
		return next(descriptor, request, argument);

	switch ((unsigned int)request) {
	case TEE_IOC_VERSION: {
		struct tee_ioctl_version_data *version = argument;

		version->impl_id = TEE_IMPL_ID_OPTEE;
		version->impl_caps = TEE_OPTEE_CAP_TZ;
		version->gen_caps = TEE_GEN_CAP_GP | TEE_GEN_CAP_PRIVILEGED |
				    TEE_GEN_CAP_REG_MEM;
		return 0;
	}
	case TEE_IOC_SHM_REGISTER: {
		struct tee_ioctl_shm_register_data *memory = argument;

		memory->id = atomic_fetch_add(&next_id, 1);
		return eventfd(0, 0);
	}
	case TEE_IOC_SUPPL_RECV:
		return receive(argument);
	case TEE_IOC_SUPPL_SEND:
		return answer(argument);
	default:
		errno = EINVAL;
		return -1;
	}
}
