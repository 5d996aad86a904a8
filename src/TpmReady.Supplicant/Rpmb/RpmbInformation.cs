// SPDX-License-Identifier: MIT

using System;
using System.Runtime.CompilerServices;

namespace TpmReady.Supplicant.Rpmb;

/// <summary>
/// What GET_DEV_INFO tells: <c>struct rpmb_dev_info</c> in OP-TEE's core/tee/tee_rpmb_fs.c, 19 bytes.
/// </summary>
internal struct RpmbInformation
{
    /// <summary>The size of the answer, in bytes.</summary>
    public const int Size = CardIdentification.Size + 3;

    /// <summary>The card's CID register.</summary>
    public CardIdentification Cid;

    /// <summary>The partition's size in units of 128 KiB (EXT_CSD byte 168, RPMB_SIZE_MULT).</summary>
    public byte SizeMultiplier;

    /// <summary>The most sectors of 512 bytes in one reliable write (EXT_CSD byte 222, REL_WR_SEC_C).</summary>
    public byte ReliableSectors;

    /// <summary>Writes the answer; its last byte says that all is well (RPMB_CMD_GET_DEV_INFO_RET_OK).</summary>
    public readonly void CopyTo(Span<byte> answer)
    {
        ((ReadOnlySpan<byte>)Cid).CopyTo(answer);
        answer[CardIdentification.Size] = SizeMultiplier;
        answer[CardIdentification.Size + 1] = ReliableSectors;
        answer[CardIdentification.Size + 2] = 0;
    }

    /// <summary>The CID register of a card, 16 bytes.</summary>
    [InlineArray(Size)]
    public struct CardIdentification
    {
        /// <summary>The size, in bytes.</summary>
        public const int Size = 16;

        private byte _first;
    }
}
