// SPDX-License-Identifier: MIT
/*
 * Which TPM commands touch non-volatile storage.
 *
 * From the "Detailed Actions" of TPM 2.0 Part 3: a command that writes NV
 * calls NvWrite, NV_SYNC_PERSISTENT or NvUpdatePersistent; one that uses
 * RETURN_IF_ORDERLY writes only when the last shutdown was an orderly one.
 */
#include <util.h>

#include "commands.h"

static const struct {
	uint32_t code;
	enum nv_effect effect;
} effects[] = {
	{ 0x11f, NV_WRITES },		/* TPM2_NV_UndefineSpaceSpecial */
	{ 0x120, NV_WRITES },		/* TPM2_EvictControl */
	{ 0x121, NV_ENDS_ORDERLY },	/* TPM2_HierarchyControl */
	{ 0x122, NV_WRITES },		/* TPM2_NV_UndefineSpace */
	{ 0x124, NV_WRITES },		/* TPM2_ChangeEPS */
	{ 0x125, NV_WRITES },		/* TPM2_ChangePPS */
	{ 0x126, NV_WRITES },		/* TPM2_Clear */
	{ 0x127, NV_WRITES },		/* TPM2_ClearControl */
	{ 0x128, NV_WRITES },		/* TPM2_ClockSet */
	{ 0x129, NV_WRITES },		/* TPM2_HierarchyChangeAuth */
	{ 0x12a, NV_WRITES },		/* TPM2_NV_DefineSpace */
	{ 0x12b, NV_WRITES },		/* TPM2_PCR_Allocate */
	{ 0x12c, NV_WRITES },		/* TPM2_PCR_SetAuthPolicy */
	{ 0x12d, NV_WRITES },		/* TPM2_PP_Commands */
	{ 0x12e, NV_WRITES },		/* TPM2_SetPrimaryPolicy */
	{ 0x132, NV_WRITES },		/* TPM2_NV_GlobalWriteLock */
	{ 0x134, NV_WRITES },		/* TPM2_NV_Increment */
	{ 0x135, NV_WRITES },		/* TPM2_NV_SetBits */
	{ 0x136, NV_WRITES },		/* TPM2_NV_Extend */
	{ 0x137, NV_WRITES },		/* TPM2_NV_Write */
	{ 0x138, NV_WRITES },		/* TPM2_NV_WriteLock */
	{ 0x139, NV_WRITES },		/* TPM2_DictionaryAttackLockReset */
	{ 0x13a, NV_WRITES },		/* TPM2_DictionaryAttackParameters */
	{ 0x13b, NV_WRITES },		/* TPM2_NV_ChangeAuth */
	{ 0x13c, NV_ENDS_ORDERLY },	/* TPM2_PCR_Event */
	{ 0x13d, NV_ENDS_ORDERLY },	/* TPM2_PCR_Reset */
	{ 0x13f, NV_WRITES },		/* TPM2_SetAlgorithmSet */
	{ 0x140, NV_WRITES },		/* TPM2_SetCommandCodeAuditStatus */
	{ 0x144, NV_WRITES },		/* TPM2_Startup */
	{ 0x145, NV_BECOMES_ORDERLY },	/* TPM2_Shutdown */
	{ 0x14f, NV_WRITES },		/* TPM2_NV_ReadLock */
	{ 0x162, NV_ENDS_ORDERLY },	/* TPM2_ContextSave */
	{ 0x182, NV_ENDS_ORDERLY },	/* TPM2_PCR_Extend */
	{ 0x183, NV_ENDS_ORDERLY },	/* TPM2_PCR_SetAuthValue */
	{ 0x185, NV_ENDS_ORDERLY },	/* TPM2_EventSequenceComplete */
	{ 0x19d, NV_WRITES },		/* TPM2_NV_DefineSpace2 */
};

enum nv_effect nv_effect_of(uint32_t command_code)
{
	for (size_t i = 0; i < ARRAY_SIZE(effects); i++) {
		if (effects[i].code == command_code) {
			return effects[i].effect;
		}
	}
	return NV_UNTOUCHED;
}

bool counts_as_authorization_failure(uint32_t response_code)
{
	/*
	 * TPM_RC_AUTH_FAIL is a format-one code: bit 7 set, error number 0x0e
	 * in bits 0 to 5, the other bits name the handle or session
	 * (TPM 2.0 Part 2, 6.6).
	 */
	return response_code <= 0xfff && (response_code & 0xbf) == 0x8e;
}
