// SPDX-License-Identifier: MIT
#ifndef USER_TA_HEADER_DEFINES_H
#define USER_TA_HEADER_DEFINES_H

/* The UUID that Linux' tpm_ftpm_tee and OP-TEE's optee_ftpm use. */
#define TA_UUID \
	{ 0xbc50d971, 0xd4c9, 0x42c4, \
	  { 0x82, 0xcb, 0x34, 0x3f, 0xb7, 0xf3, 0x78, 0x96 } }

/* One instance, one session, kept after the last close: as optee_ftpm. */
#define TA_FLAGS	(TA_FLAG_SINGLE_INSTANCE | \
			 TA_FLAG_INSTANCE_KEEP_ALIVE | \
			 FTPM_CRASHED_FLAG | FTPM_ENUM_FLAG)

#define TA_STACK_SIZE	(8 * 1024)
#define TA_DATA_SIZE	(16 * 1024)

#define TA_VERSION	"1"
#define TA_DESCRIPTION	"tpmready board TPM"

#endif
