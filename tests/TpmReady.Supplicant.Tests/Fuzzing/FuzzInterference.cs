// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.Interop;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>
/// What happens while a request is served: the secure world changes its memory between two looks at it, frees it,
/// closes its socket; system calls fail. It happens inside system calls, so that a seed repeats it.
/// </summary>
internal sealed class FuzzInterference
{
    private static readonly int[] Errors =
    [
        Errno.EIO, Errno.ENOSPC, Errno.EDQUOT, Errno.EMFILE, Errno.ENOMEM, Errno.EROFS, Errno.EACCES, Errno.EINTR,
    ];

    private readonly FuzzRandom _random = new();
    private bool _isInside;

    /// <summary>One in how many system calls fails; 0 for none.</summary>
    public int FaultRate { get; init; }

    /// <summary>What the session does when something happens during a hostile request.</summary>
    public Action<string, FuzzRandom> Act { get; set; } = static (_, _) => { };

    /// <summary>Bytes on the managed heap that are this fuzzer's and not the supplicant's.</summary>
    public long Exempted { get; private set; }

    /// <summary>Whether the request at hand is one that is interfered with.</summary>
    public bool IsOn { get; set; }

    public void Start(ulong seed, long number) => _random.Start(~seed, number);

    /// <summary>The supplicant makes a system call.</summary>
    public void Happen(string call)
    {
        if (IsOn && !_isInside)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            _isInside = true;
            Act(call, _random);
            _isInside = false;
            Exempted += GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    /// <summary>The error that a system call has; 0 for none.</summary>
    public int TakeFault() => FaultRate > 0 && _random.OneIn(FaultRate) ? _random.Pick<int>(Errors) : 0;

    public void Exempt(long bytes) => Exempted += bytes;
}
