// SPDX-License-Identifier: MIT

using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using TpmReady.Linux.Interop;

namespace TpmReady.Boot.TeeSupplicant;

/// <summary>
/// -d and --succeed: starts this program once more in a session of its own, and returns when that process serves. What
/// loads the TPM's driver afterwards relies on it (OP-TEE/optee_client#314). The C supplicant forks; a managed process
/// cannot.
/// </summary>
internal static unsafe class Daemonizer
{
    // The descriptor of the pipe in the child.
    private const int ChildPipe = 3;
    private const int LowestSpare = 10;
    private const int MaximumReason = 4096;

    /// <summary>Starts the background process and waits for its verdict.</summary>
    /// <param name="prefix">The words that name program and role.</param>
    /// <param name="arguments">The options.</param>
    /// <param name="patience">
    /// After what time a process without a verdict is killed; null for never. A successor that hangs may have the state in
    /// its hands, and its predecessor waits for its end.
    /// </param>
    /// <returns>The exit status.</returns>
    public static int Run(IReadOnlyList<string> prefix, IReadOnlyList<string> arguments, TimeSpan? patience)
    {
        string[] words = [.. prefix, $"--{SupplicantOptionTable.ReadyDescriptorName}={ChildPipe}", .. arguments];
        int error = Start(words, out int process, out int pipe);
        if (error != Errno.Success)
        {
            return Fail($"the background process cannot be started: {Errno.Name(error)}");
        }

        string? reason = ReadVerdict(pipe, patience, out bool isLate);
        if (reason is null)
        {
            return 0;
        }

        if (isLate)
        {
            _ = Libc.Kill(process, Libc.SIGKILL);
            reason = $"the successor was not ready after {patience?.TotalSeconds} s";
        }

        int status;
        while (Libc.Waitpid(process, &status, 0) < 0 && Libc.LastError == Errno.EINTR)
        {
        }

        return Fail(
            reason.Length > 0 ? reason : $"the background process ended before it was ready ({Describe(status)})");
    }

    private static int Start(string[] words, out int process, out int pipe)
    {
        process = 0;
        pipe = -1;
        int* ends = stackalloc int[2];
        if (Libc.Pipe2(ends, Libc.O_CLOEXEC) < 0)
        {
            return Libc.LastError;
        }

        // Duplicating a descriptor onto itself would leave it close-on-exec.
        int writer = Libc.Fcntl(ends[1], Libc.F_DUPFD_CLOEXEC, LowestSpare);
        int error = writer < 0 ? Libc.LastError : Spawn(words, writer, out process);
        _ = Libc.Close(ends[1]);
        _ = writer < 0 ? 0 : Libc.Close(writer);
        if (error != Errno.Success)
        {
            _ = Libc.Close(ends[0]);
            return error;
        }

        pipe = ends[0];
        return Errno.Success;
    }

    /// <summary>Standard error stays until the child is ready, so that its warnings are seen.</summary>
    private static int Spawn(string[] words, int writer, out int process)
    {
        byte* actions = stackalloc byte[Libc.SpawnObjectSize];
        byte* attributes = stackalloc byte[Libc.SpawnObjectSize];
        byte** arguments = ToVector(words);
        byte** environment = ToVector([.. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(static entry => $"{entry.Key}={entry.Value}")]);
        byte** program = ToVector([Environment.ProcessPath ?? "/proc/self/exe"]);
        int error = Libc.SpawnFileActionsInitialize(actions);
        error = error != 0 ? error : Libc.SpawnAttributesInitialize(attributes);
        int result = 0;
        fixed (byte* null_ = "/dev/null"u8)
        {
            error = error != 0 ? error : Libc.SpawnFileActionsOpen(actions, 0, null_, Libc.O_RDONLY, 0);
            error = error != 0 ? error : Libc.SpawnFileActionsOpen(actions, 1, null_, Libc.O_WRONLY, 0);
            error = error != 0 ? error : Libc.SpawnFileActionsDuplicate(actions, writer, ChildPipe);
            error = error != 0 ? error : Libc.SpawnAttributesSetFlags(attributes, Libc.POSIX_SPAWN_SETSID);
            error = error != 0 ? error : Libc.Spawn(&result, program[0], actions, attributes, arguments, environment);
        }

        // The little memory lasts as long as this process, which is about to end.
        process = result;
        return error;
    }

    /// <summary>Waits for the child.</summary>
    /// <returns>Null if it is ready, else its reason, empty if it gave none.</returns>
    private static string? ReadVerdict(int pipe, TimeSpan? patience, out bool isLate)
    {
        byte[] bytes = new byte[MaximumReason];
        int length = 0;
        isLate = !IsReadable(pipe, patience);
        if (isLate)
        {
            return "";
        }

        fixed (byte* buffer = bytes)
        {
            while (length < bytes.Length)
            {
                nint count = Libc.Read(pipe, buffer + length, (nuint)(bytes.Length - length));
                if (count > 0 && buffer[length] == 0)
                {
                    return null;
                }

                if (count == 0 || (count < 0 && Libc.LastError != Errno.EINTR))
                {
                    break;
                }

                length += (int)nint.Max(count, 0);
            }
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    /// <summary>Also when the other end is closed.</summary>
    private static bool IsReadable(int pipe, TimeSpan? patience)
    {
        Libc.PollDescriptor end = new() { Descriptor = pipe, Events = Libc.POLLIN };
        int count;
        do
        {
            count = Libc.Poll(&end, 1, patience is TimeSpan time ? (int)time.TotalMilliseconds : -1);
        }
        while (count < 0 && Libc.LastError == Errno.EINTR);
        return count > 0;
    }

    // WIFEXITED and friends (bits/waitstatus.h).
    private static string Describe(int status) => (status & 0x7f) == 0
        ? $"exit status {(status >> 8) & 0xff}"
        : $"signal {status & 0x7f}";

    private static byte** ToVector(string[] texts)
    {
        byte** vector = (byte**)NativeMemory.AllocZeroed((nuint)texts.Length + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < texts.Length; i++)
        {
            vector[i] = (byte*)Marshal.StringToCoTaskMemUTF8(texts[i]);
        }

        return vector;
    }

    private static int Fail(string reason)
    {
        StandardOutput.WriteError($"{SupplicantCommand.Name}: {reason}\n");
        return SupplicantCommand.Failure;
    }
}
