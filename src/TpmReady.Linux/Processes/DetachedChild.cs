// SPDX-License-Identifier: MIT

using System;
using System.Collections;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using TpmReady.Linux.Interop;

namespace TpmReady.Linux.Processes;

/// <summary>
/// This program once more, for a call into the kernel that may not return for a long time: a command to a TPM, or a
/// write that binds a driver. Nobody ever kills it: it lingers until the kernel is done, in a session of its own, and
/// says one line on its standard output.
/// </summary>
internal sealed unsafe class DetachedChild : IDisposable
{
    private const int StandardInput = 0;
    private const int StandardOutputDescriptor = 1;
    private const int StandardError = 2;
    private const int LowestSpare = 3;
    private const int LineLimit = 512;

    private readonly List<byte> _line = [];
    private int _pipe;

    private DetachedChild(int pipe, int process)
    {
        _pipe = pipe;
        Process = process;
    }

    /// <summary>Its process id.</summary>
    public int Process { get; }

    /// <summary>Starts it.</summary>
    /// <param name="words">The program's name as it is to see it, and its arguments.</param>
    /// <param name="error">Why not, an error number.</param>
    /// <returns>The child, or null.</returns>
    public static DetachedChild? Start(IReadOnlyList<string> words, out int error)
    {
        int* ends = stackalloc int[2];
        if (Libc.Pipe2(ends, Libc.O_CLOEXEC) < 0)
        {
            error = Libc.LastError;
            return null;
        }

        int writer = Libc.Fcntl(ends[1], Libc.F_DUPFD_CLOEXEC, LowestSpare);
        _ = Libc.Close(ends[1]);
        int process = 0;
        error = writer < 0 ? Libc.LastError : Spawn(words, writer, out process);
        _ = writer < 0 ? 0 : Libc.Close(writer);
        if (error == Errno.Success)
        {
            return new DetachedChild(ends[0], process);
        }

        _ = Libc.Close(ends[0]);
        return null;
    }

    /// <summary>Its line, once it has said it.</summary>
    /// <param name="patience">How long to wait.</param>
    /// <param name="line">The line; empty if it ended without one.</param>
    /// <returns>Whether it has ended or said its line.</returns>
    public bool TryRead(TimeSpan patience, out string line)
    {
        long deadline = Stopwatch.GetTimestamp() + (long)(patience.TotalSeconds * Stopwatch.Frequency);
        byte* buffer = stackalloc byte[LineLimit];
        line = "";
        while (_pipe >= 0 && !_line.Contains((byte)'\n') && _line.Count < LineLimit)
        {
            int left = (int)long.Max(0, (deadline - Stopwatch.GetTimestamp()) * 1000 / Stopwatch.Frequency);
            Libc.PollDescriptor poll = new() { Descriptor = _pipe, Events = Libc.POLLIN };
            if (Libc.Poll(&poll, 1, left) == 0)
            {
                return false;
            }

            nint count = Libc.Read(_pipe, buffer, LineLimit);
            if (count == 0)
            {
                break;
            }

            for (int i = 0; i < count; i++)
            {
                _line.Add(buffer[i]);
            }
        }

        line = Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(_line)).TrimEnd('\n');
        return true;
    }

    /// <summary>Lets go of it; it goes on by itself.</summary>
    public void Dispose()
    {
        if (_pipe >= 0)
        {
            _ = Libc.Close(_pipe);
            _pipe = -1;
        }
    }

    private static int Spawn(IReadOnlyList<string> words, int writer, out int process)
    {
        byte* actions = stackalloc byte[Libc.SpawnObjectSize];
        byte* attributes = stackalloc byte[Libc.SpawnObjectSize];
        byte** arguments = ToVector([.. words]);
        byte** environment = ToVector(Environment());
        byte** program = ToVector([System.Environment.ProcessPath ?? "/proc/self/exe"]);
        int result = 0;
        int error = Libc.SpawnFileActionsInitialize(actions);
        error = error != 0 ? error : Libc.SpawnAttributesInitialize(attributes);
        fixed (byte* null_ = "/dev/null"u8)
        {
            error = error != 0 ? error : Libc.SpawnFileActionsOpen(actions, StandardInput, null_, Libc.O_RDONLY, 0);
            error = error != 0
                ? error
                : Libc.SpawnFileActionsDuplicate(actions, writer, StandardOutputDescriptor);

            // Whoever reads our standard error through a pipe must not wait for a child that lingers.
            error = error != 0 ? error : Libc.SpawnFileActionsOpen(actions, StandardError, null_, Libc.O_WRONLY, 0);
            error = error != 0 ? error : Libc.SpawnAttributesSetFlags(attributes, Libc.POSIX_SPAWN_SETSID);
            error = error != 0 ? error : Libc.Spawn(&result, program[0], actions, attributes, arguments, environment);
        }

        // Two or three children in a process's life: the little memory is not worth freeing.
        process = result;
        return error;
    }

    /// <summary>Without the service manager's socket: only the service itself speaks to it.</summary>
    private static List<string> Environment()
    {
        List<string> entries = [];
        foreach (DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
        {
            if (entry.Key is not "NOTIFY_SOCKET")
            {
                entries.Add($"{entry.Key}={entry.Value}");
            }
        }

        return entries;
    }

    private static byte** ToVector(List<string> texts)
    {
        byte** vector = (byte**)NativeMemory.AllocZeroed((nuint)texts.Count + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < texts.Count; i++)
        {
            vector[i] = (byte*)Marshal.StringToCoTaskMemUTF8(texts[i]);
        }

        return vector;
    }
}
