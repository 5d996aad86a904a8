// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using TpmReady.Linux.Interop;

namespace TpmReady.Board.Contract;

/// <summary>A client that opens a session with a TA that does not exist, so that OP-TEE asks for LOAD_TA.</summary>
internal static unsafe class AbsentSession
{
    // TEE_IOC_OPEN_SESSION, and struct tee_ioctl_open_session_arg without parameters (include/uapi/linux/tee.h).
    private const nuint OpenSession = 0x8010A402;
    private const int ArgumentSize = 56;

    /// <summary>Asks once, and waits for the answer.</summary>
    /// <param name="number">Goes into the UUID, so that each client asks for a TA of its own.</param>
    /// <returns>0 if OP-TEE answered, whatever it said; the error number if the kernel refused.</returns>
    public static int Ask(int number)
    {
        int descriptor = Libc.Open("/dev/tee0", Libc.O_RDWR | Libc.O_CLOEXEC);
        if (descriptor < 0)
        {
            return Libc.LastError;
        }

        byte* argument = stackalloc byte[ArgumentSize];
        new Span<byte>(argument, ArgumentSize).Clear();
        "absent-ta-"u8.CopyTo(new Span<byte>(argument, 16));
        BinaryPrimitives.WriteInt32BigEndian(new Span<byte>(argument + 12, 4), number);
        ulong* call = stackalloc ulong[2] { (ulong)argument, ArgumentSize };
        int error = Libc.Ioctl(descriptor, OpenSession, call) == 0 ? 0 : Libc.LastError;
        _ = Libc.Close(descriptor);
        return error;
    }
}
