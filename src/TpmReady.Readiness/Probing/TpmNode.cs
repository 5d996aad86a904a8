// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.Interop;
using TpmReady.Tpm;

namespace TpmReady.Readiness.Probing;

/// <summary>
/// The only code that opens a TPM. The command goes out without blocking (O_NONBLOCK), so that the kernel's work queue
/// carries it: then not even SIGKILL to this process breaks it off halfway, which would make the TA panic
/// (drivers/char/tpm/tpm-dev-common.c, tpm_dev_async_work). The process that calls this must have nothing else to do,
/// because closing the node waits for the command to end.
/// </summary>
internal static unsafe class TpmNode
{
    // A TPM's answers have at most 4096 bytes (TPM_BUFSIZE).
    private const int AnswerBuffer = 4096;

    /// <summary>Asks TPM2_ReadClock once, and waits for the answer for as long as it takes.</summary>
    /// <param name="proof">That a supplicant serves.</param>
    public static ProbeOutcome Ask(ServingProof proof)
    {
        ArgumentNullException.ThrowIfNull(proof);
        int node = Libc.Open(proof.NodePath, Libc.O_RDWR | Libc.O_NONBLOCK | Libc.O_CLOEXEC | Libc.O_NOCTTY);
        if (node < 0)
        {
            return ProbeOutcome.FromFailure(-1, Libc.LastError);
        }

        ProbeOutcome outcome = Ask(node);
        _ = Libc.Close(node);
        return outcome;
    }

    /// <summary>Asks over an open descriptor; a test puts a socket here.</summary>
    internal static ProbeOutcome Ask(int node)
    {
        ReadOnlySpan<byte> command = TpmReadClock.Command;
        fixed (byte* start = command)
        {
            // Written once, whatever comes: a second write would be a second command.
            nint written = Libc.Write(node, start, (nuint)command.Length);
            if (written != command.Length)
            {
                return written < 0
                    ? ProbeOutcome.FromFailure(written, Libc.LastError)
                    : new ProbeOutcome(ProbeResult.Malformed, 0, default);
            }
        }

        const int forEver = -1;
        Libc.PollDescriptor poll = new() { Descriptor = node, Events = Libc.POLLIN };
        while (Libc.Poll(&poll, 1, forEver) < 0 && Libc.LastError == Errno.EINTR)
        {
        }

        byte* answer = stackalloc byte[AnswerBuffer];
        nint length;
        do
        {
            length = Libc.Read(node, answer, AnswerBuffer);
        }
        while (length == -1 && Libc.LastError == Errno.EINTR);
        return length < 0
            ? ProbeOutcome.FromFailure(length, Libc.LastError)
            : ProbeOutcome.FromAnswer(new ReadOnlySpan<byte>(answer, (int)length));
    }
}
