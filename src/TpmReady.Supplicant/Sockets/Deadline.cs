// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;

namespace TpmReady.Supplicant.Sockets;

/// <summary>
/// A moment on the monotonic clock: setting the machine's time neither shortens nor lengthens a wait.
/// </summary>
internal readonly struct Deadline
{
    private const long Never = long.MaxValue;
    private readonly long _ticks;

    private Deadline(long ticks) => _ticks = ticks;

    /// <summary>Whether the wait has no end.</summary>
    public bool IsNever => _ticks == Never;

    /// <summary>
    /// What is left, in milliseconds as poll(2) takes them: never negative unless there is no end, which is -1. Rounded
    /// up, for a wait must not end early.
    /// </summary>
    public int Remaining
    {
        get
        {
            if (IsNever)
            {
                return -1;
            }

            long left = _ticks - Stopwatch.GetTimestamp();
            long perMillisecond = Stopwatch.Frequency / 1000;
            return left <= 0 ? 0 : (int)Math.Min((left + perMillisecond - 1) / perMillisecond, int.MaxValue);
        }
    }

    /// <summary>A time from now on.</summary>
    /// <param name="milliseconds">
    /// As the secure world says it: TEE_TIMEOUT_INFINITE (0xFFFFFFFF) is without end.
    /// </param>
    public static Deadline After(uint milliseconds) => milliseconds == uint.MaxValue
        ? new Deadline(Never)
        : new Deadline(Stopwatch.GetTimestamp() + (milliseconds * (Stopwatch.Frequency / 1000)));

    /// <summary>
    /// The part of what is left that one of several attempts may take, so that the first does not use up the time of
    /// the others.
    /// </summary>
    /// <param name="attempts">How many attempts are left, this one included.</param>
    public Deadline Share(int attempts) => IsNever ? this : After((uint)(Remaining / Math.Max(attempts, 1)));
}
