// SPDX-License-Identifier: MIT

using System;
using TpmReady.Supplicant.Protocol;

namespace TpmReady.Supplicant.Profiling;

/// <summary>
/// The two sorts of profiles: how often a TA was where (for gprof), and what it called in what order.
/// </summary>
internal sealed class ProfileKind
{
    private readonly byte[] _prefix;

    private ProfileKind(RpcFunction function, ReadOnlySpan<byte> prefix)
    {
        Function = function;
        _prefix = [.. prefix];
    }

    /// <summary>GPROF: files named gmon-….out.</summary>
    public static ProfileKind Gprof { get; } = new(RpcFunction.Gprof, "gmon-"u8);

    /// <summary>FTRACE: files named ftrace-….out.</summary>
    public static ProfileKind Ftrace { get; } = new(RpcFunction.Ftrace, "ftrace-"u8);

    /// <summary>The function that asks for it.</summary>
    public RpcFunction Function { get; }

    /// <summary>What the names of the files begin with.</summary>
    public ReadOnlySpan<byte> Prefix => _prefix;
}
