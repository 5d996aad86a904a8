// SPDX-License-Identifier: MIT
#ifndef USER_TA_HEADER_DEFINES_H
#define USER_TA_HEADER_DEFINES_H

#include "storage_probe.h"

#define TA_UUID		STORAGE_PROBE_UUID

/* One instance per session: clients that are killed do not disturb others. */
#define TA_FLAGS	0

#define TA_STACK_SIZE	(8 * 1024)
#define TA_DATA_SIZE	(16 * 1024)

#define TA_VERSION	"1"
#define TA_DESCRIPTION	"tpmready storage probe"

#endif
