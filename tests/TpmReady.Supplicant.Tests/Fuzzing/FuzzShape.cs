// SPDX-License-Identifier: MIT

using System;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Protocol;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>Which of the supplicant's forms a seed gets, so that few seeds see all of them.</summary>
internal sealed record FuzzShape(ulong Seed)
{
    /// <summary>An emulated RPMB, or one on a card.</summary>
    public bool EmulatesRpmb => Seed % 2 == 0;

    /// <summary>Every write is durable, or only commits are.</summary>
    public bool IsStrict => Seed % 4 >= 2;

    /// <summary>The driver allocates shared memory, or registers ours.</summary>
    public bool RegistersMemory => Seed % 5 != 4;

    /// <summary>A kernel that has one request at a time, without a number.</summary>
    public bool NumbersRequests => Seed % 7 != 6;

    /// <summary>Rules say where TAs may connect to.</summary>
    public bool HasSocketRules => Seed % 3 == 1;

    /// <summary>Each request is traced.</summary>
    public bool IsTraced => Seed % 8 == 7;

    /// <summary>One in how many system calls fails; 0 for none.</summary>
    public int FaultRate => Seed % 3 == 0 ? 0 : 400;

    /// <summary>Puts a test's own service in the place of one.</summary>
    public Func<FuzzWorld, IRpcService, IRpcService> WrapService { get; init; } = static (_, service) => service;

    /// <summary>Puts a test's own device in the place of the kernel.</summary>
    public Func<ITeeDevice, ITeeDevice> WrapDevice { get; init; } = static device => device;
}
