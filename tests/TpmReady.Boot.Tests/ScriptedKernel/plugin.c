// SPDX-License-Identifier: MIT
/* A plug-in (tee_plugin_method.h of optee_client) that answers 0 to everything. */
#include <stddef.h>
#include <stdint.h>

/* Of shim.c, where that is loaded: the program may be killed here. */
__attribute__((weak)) void scripted_kernel_plugin(void);

static uint32_t invoke(unsigned int command, unsigned int sub_command, void *data, size_t length, size_t *out)
{
	(void)command;
	(void)sub_command;
	(void)data;
	(void)length;
	*out = 0;
	if (scripted_kernel_plugin)
		scripted_kernel_plugin();
	return 0;
}

const struct {
	const char *name;
	uint32_t time_low;
	uint16_t time_mid;
	uint16_t time_high;
	uint8_t node[8];
	uint32_t (*init)(void);
	uint32_t (*invoke)(unsigned int, unsigned int, void *, size_t, size_t *);
} plugin_method = {
	.name = "scripted",
	.time_low = 0xf07bfc66,
	.time_mid = 0x958c,
	.time_high = 0x4a15,
	.node = { 0x99, 0xc0, 0x26, 0x0e, 0x4e, 0x73, 0x75, 0xdd },
	.invoke = invoke,
};
