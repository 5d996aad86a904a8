// SPDX-License-Identifier: MIT
/*
 * The storage probe: gives the normal world direct access to secure storage,
 * so that tests can see what survives. The client makes and checks the
 * content; nothing here interprets it.
 */
#include <string.h>
#include <tee_internal_api.h>

#include "storage_probe.h"

#define FLAGS_READ	TEE_DATA_FLAG_ACCESS_READ
#define FLAGS_WRITE	(TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_ACCESS_WRITE)
#define FLAGS_DELETE	TEE_DATA_FLAG_ACCESS_WRITE_META

/*
 * OP-TEE's RPMB file system reads into and updates from private memory of the
 * TA only (rpmb_fs_read, rpmb_fs_write in core/tee/tee_rpmb_fs.c); buffers of
 * the client are shared memory.
 */
static uint8_t private_memory[64 * 1024];

struct object_name {
	uint32_t storage;
	size_t size;
	/* Copied: object identifiers must not lie in shared memory. */
	char bytes[STORAGE_PROBE_NAME_MAX];
};

static TEE_Result take_name(const TEE_Param params[TEE_NUM_PARAMS],
			    struct object_name *name)
{
	name->storage = params[2].value.a;
	name->size = params[0].memref.size;
	if (!params[0].memref.buffer || name->size == 0 ||
	    name->size > sizeof(name->bytes)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	memcpy(name->bytes, params[0].memref.buffer, name->size);
	return TEE_SUCCESS;
}

static TEE_Result open_object(const struct object_name *name, uint32_t flags,
			      TEE_ObjectHandle *object)
{
	return TEE_OpenPersistentObject(name->storage, name->bytes, name->size,
					flags, object);
}

static TEE_Result write_object(const struct object_name *name,
			       const void *data, size_t size)
{
	return TEE_CreatePersistentObject(name->storage, name->bytes,
					  name->size,
					  FLAGS_WRITE |
					  TEE_DATA_FLAG_OVERWRITE,
					  TEE_HANDLE_NULL, data, size, NULL);
}

static TEE_Result read_all(TEE_ObjectHandle object, uint8_t *data, size_t size)
{
	while (size > 0) {
		size_t part = size < sizeof(private_memory) ?
			      size : sizeof(private_memory);
		size_t count = 0;
		TEE_Result res = TEE_ReadObjectData(object, private_memory,
						    part, &count);

		if (res) {
			return res;
		}
		if (count != part) {
			return TEE_ERROR_CORRUPT_OBJECT;
		}
		memcpy(data, private_memory, count);
		data += count;
		size -= count;
	}
	return TEE_SUCCESS;
}

static TEE_Result read_object(const struct object_name *name, void *data,
			      size_t *size)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_ObjectInfo info = { };
	size_t capacity = *size;
	TEE_Result res = open_object(name, FLAGS_READ, &object);

	if (res) {
		return res;
	}
	res = TEE_GetObjectInfo1(object, &info);
	if (!res) {
		*size = info.dataSize;
		res = info.dataSize > capacity ?
		      TEE_ERROR_SHORT_BUFFER :
		      read_all(object, data, info.dataSize);
	}
	TEE_CloseObject(object);
	return res;
}

/* One TEE_WriteObjectData, because only that is atomic. */
static TEE_Result update_object(const struct object_name *name, size_t offset,
				const void *data, size_t size)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Result res = open_object(name, FLAGS_WRITE, &object);

	if (res) {
		return res;
	}
	if (size <= sizeof(private_memory)) {
		memcpy(private_memory, data, size);
		data = private_memory;
	}
	res = TEE_SeekObjectData(object, offset, TEE_DATA_SEEK_SET);
	if (!res) {
		res = TEE_WriteObjectData(object, data, size);
	}
	TEE_CloseObject(object);
	return res;
}

static TEE_Result delete_object(const struct object_name *name)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;
	TEE_Result res = open_object(name, FLAGS_DELETE, &object);

	return res ? res : TEE_CloseAndDeletePersistentObject1(object);
}

static TEE_Result hold(const struct object_name *name, uint32_t rounds)
{
	static uint8_t block[4096];

	for (uint32_t round = 0; round < rounds; round++) {
		size_t size = sizeof(block);
		TEE_Result res = TEE_SUCCESS;

		memset(block, (int)round, sizeof(block));
		res = write_object(name, block, sizeof(block));
		if (!res) {
			res = read_object(name, block, &size);
		}
		if (res) {
			return res;
		}
	}
	return delete_object(name);
}

static bool parameters_fit(uint32_t command, uint32_t types)
{
	static const uint32_t data_type[] = {
		[STORAGE_PROBE_WRITE] = TEE_PARAM_TYPE_MEMREF_INPUT,
		[STORAGE_PROBE_READ] = TEE_PARAM_TYPE_MEMREF_OUTPUT,
		[STORAGE_PROBE_DELETE] = TEE_PARAM_TYPE_NONE,
		[STORAGE_PROBE_UPDATE] = TEE_PARAM_TYPE_MEMREF_INPUT,
		[STORAGE_PROBE_HOLD] = TEE_PARAM_TYPE_NONE,
	};

	return command < sizeof(data_type) / sizeof(data_type[0]) &&
	       types == TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,
					data_type[command],
					TEE_PARAM_TYPE_VALUE_INPUT,
					TEE_PARAM_TYPE_NONE);
}

TEE_Result TA_CreateEntryPoint(void)
{
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types __unused,
				    TEE_Param params[TEE_NUM_PARAMS] __unused,
				    void **session __unused)
{
	return TEE_SUCCESS;
}

void TA_CloseSessionEntryPoint(void *session __unused)
{
}

TEE_Result TA_InvokeCommandEntryPoint(void *session __unused, uint32_t command,
				      uint32_t types,
				      TEE_Param params[TEE_NUM_PARAMS])
{
	struct object_name name = { };
	void *data = params[1].memref.buffer;
	TEE_Result res = TEE_ERROR_BAD_PARAMETERS;

	if (!parameters_fit(command, types)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	res = take_name(params, &name);
	if (res) {
		return res;
	}

	switch (command) {
	case STORAGE_PROBE_WRITE:
		return write_object(&name, data, params[1].memref.size);
	case STORAGE_PROBE_READ:
		return read_object(&name, data, &params[1].memref.size);
	case STORAGE_PROBE_DELETE:
		return delete_object(&name);
	case STORAGE_PROBE_UPDATE:
		return update_object(&name, params[2].value.b, data,
				     params[1].memref.size);
	default:
		return hold(&name, params[2].value.b);
	}
}
