// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Threading;

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>A request of the secure world on its way through the kernel.</summary>
internal sealed class Request(uint function, IReadOnlyList<Parameter> parameters)
{
    private volatile Reply? _reply;

    public uint Function => function;

    public IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>Its number while the program has it, or from the start on kernels that number early; 0 before.</summary>
    public int Id { get; set; }

    /// <summary>The thread of the program that received it.</summary>
    public object? Taker { get; set; }

    /// <summary>Whether the program has received it.</summary>
    public bool IsDelivered { get; set; }

    /// <summary>Its client was killed: the program's answer will be EBADF.</summary>
    public bool IsRevoked { get; set; }

    /// <summary>The program sent an answer, wanted or not.</summary>
    public bool IsSent { get; set; }

    /// <summary>What the secure world got.</summary>
    public Reply? Reply
    {
        get => _reply;
        set
        {
            _reply = value;
            Ended.Set();
        }
    }

    /// <summary>Set when there is a reply.</summary>
    public ManualResetEventSlim Ended { get; } = new();
}
