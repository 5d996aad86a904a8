// SPDX-License-Identifier: MIT
/* A plug-in that takes as many seconds as SLOW_PLUGIN_SECONDS says. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static uint32_t invoke(unsigned int command, unsigned int sub_command,
		       void *data, size_t length, size_t *written)
{
	struct timespec left = { .tv_sec = atoi(getenv("SLOW_PLUGIN_SECONDS")) };

	(void)command;
	(void)sub_command;
	(void)data;
	(void)length;
	(void)written;
	while (nanosleep(&left, &left) != 0)
		;
	return 0;
}

struct {
	const char *name;
	struct {
		uint32_t low;
		uint16_t middle, high;
		uint8_t rest[8];
	} uuid;
	uint32_t (*init)(void);
	uint32_t (*invoke)(unsigned int, unsigned int, void *, size_t,
			   size_t *);
} plugin_method = {
	"slow",
	{ 0xf07bfc66, 0x958c, 0x4a15,
	  { 0x99, 0xc0, 0x26, 0x0e, 0x4e, 0x73, 0x75, 0xdd } },
	NULL, invoke
};
