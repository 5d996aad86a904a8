// SPDX-License-Identifier: MIT

using System.Collections.Generic;

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>A request of the secure world on its way through the kernel.</summary>
internal sealed class Request(uint function, IReadOnlyList<Parameter> parameters)
{
    public uint Function => function;

    public IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>Its number while the program has it; 0 before.</summary>
    public int Id { get; set; }

    /// <summary>The thread of the program that received it.</summary>
    public object? Taker { get; set; }

    /// <summary>Its client was killed: the program's answer will be EBADF.</summary>
    public bool IsRevoked { get; set; }

    /// <summary>The program sent an answer, wanted or not.</summary>
    public bool IsSent { get; set; }

    /// <summary>What the secure world got.</summary>
    public Reply? Reply { get; set; }
}
