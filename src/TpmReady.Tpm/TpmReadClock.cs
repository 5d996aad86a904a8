// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;

namespace TpmReady.Tpm;

/// <summary>
/// TPM2_ReadClock (TCG TPM 2.0 Library part 3, section 29.1): the one question that tells whether a TPM works. Every
/// TPM has it, it needs no handle and no authorization, changes nothing that anybody sees, and fails in failure mode.
/// </summary>
public static class TpmReadClock
{
    /// <summary>The length of a good answer, in bytes.</summary>
    public const int AnswerLength = 35;

    /// <summary>The length of an answer without a body, in bytes: tag, size and response code.</summary>
    public const int HeaderLength = 10;

    // TPM_ST_NO_SESSIONS, and TPM_ST_RSP_COMMAND for the refusals of a TPM 1.2.
    private const ushort NoSessions = 0x8001;
    private const ushort ResponseOfVersion1 = 0x00C4;

    /// <summary>The command: tag, size, TPM_CC_ReadClock.</summary>
    public static ReadOnlySpan<byte> Command => [0x80, 0x01, 0x00, 0x00, 0x00, 0x0A, 0x00, 0x00, 0x01, 0x81];

    /// <summary>Reads an answer.</summary>
    /// <param name="answer">All bytes of it.</param>
    /// <param name="clock">What the TPM said.</param>
    /// <param name="responseCode">The response code; 0 is success.</param>
    /// <returns>Whether this is an answer at all; <paramref name="clock"/> holds something if the code is 0.</returns>
    public static bool TryParse(ReadOnlySpan<byte> answer, out TpmClock clock, out uint responseCode)
    {
        clock = default;
        responseCode = 0;
        if (answer.Length < HeaderLength || BinaryPrimitives.ReadUInt32BigEndian(answer[2..]) != answer.Length)
        {
            return false;
        }

        ushort tag = BinaryPrimitives.ReadUInt16BigEndian(answer);
        responseCode = BinaryPrimitives.ReadUInt32BigEndian(answer[6..]);
        if (responseCode != 0)
        {
            return tag is NoSessions or ResponseOfVersion1 && answer.Length == HeaderLength;
        }

        if (tag != NoSessions || answer.Length != AnswerLength || answer[34] > 1)
        {
            return false;
        }

        clock = new TpmClock(
            BinaryPrimitives.ReadUInt64BigEndian(answer[10..]),
            BinaryPrimitives.ReadUInt64BigEndian(answer[18..]),
            BinaryPrimitives.ReadUInt32BigEndian(answer[26..]),
            BinaryPrimitives.ReadUInt32BigEndian(answer[30..]),
            answer[34] == 1);
        return true;
    }
}
