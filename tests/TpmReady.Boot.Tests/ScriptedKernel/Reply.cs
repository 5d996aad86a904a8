// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>What the secure world gets back for a request.</summary>
/// <param name="Code">The result code.</param>
/// <param name="Parameters">The request's parameters, with what the kernel copies back.</param>
internal sealed record Reply(uint Code, IReadOnlyList<Parameter> Parameters)
{
    private static readonly Dictionary<uint, string> Names = new()
    {
        [0] = "SUCCESS",
        [0xFFFF0000] = "GENERIC",
        [0xFFFF0001] = "ACCESS_DENIED",
        [0xFFFF0003] = "ACCESS_CONFLICT",
        [0xFFFF0006] = "BAD_PARAMETERS",
        [0xFFFF0008] = "ITEM_NOT_FOUND",
        [0xFFFF000A] = "NOT_SUPPORTED",
        [0xFFFF000B] = "NO_DATA",
        [0xFFFF000C] = "OUT_OF_MEMORY",
        [0xFFFF000D] = "BUSY",
        [0xFFFF000E] = "COMMUNICATION",
        [0xFFFF0010] = "SHORT_BUFFER",
        [0xFFFF3041] = "STORAGE_NO_SPACE",
        [0xF0100003] = "STORAGE_NOT_AVAILABLE",
        [0xF1007001] = "PROTOCOL",
        [0xF1007002] = "REMOTE_CLOSED",
        [0xF1007003] = "TIMEOUT",
        [0xF1007004] = "OUT_OF_RESOURCES",
        [0xF1007005] = "LARGE_BUFFER",
        [0xF1007007] = "HOSTNAME",
    };

    /// <summary>The result's name in the GlobalPlatform API, without its prefix.</summary>
    public string Name => NameOf(Code);

    /// <summary>Whether it is a success.</summary>
    public bool IsSuccess => Code == 0;

    /// <summary>Whether it is the result of that name.</summary>
    public bool Is(string name) => string.Equals(Name, name, StringComparison.Ordinal);

    /// <summary>The name of a result code.</summary>
    public static string NameOf(uint code) => Names.GetValueOrDefault(code) ?? $"{code:X8}";
}
