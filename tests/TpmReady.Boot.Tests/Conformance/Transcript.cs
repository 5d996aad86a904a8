// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Conformance;

/// <summary>What a program answered, step by step, in words that can be compared.</summary>
internal sealed class Transcript
{
    private readonly List<(string Step, string Outcome)> _lines = [];

    public IReadOnlyList<(string Step, string Outcome)> Lines => _lines;

    /// <summary>Notes a result and all that the secure world gets back with it.</summary>
    public Reply Add(string step, Reply reply)
    {
        _lines.Add((step, string.Join(' ', [reply.Name, .. reply.Parameters.Select(Describe).OfType<string>()])));
        return reply;
    }

    /// <summary>Notes a result whose values are the program's own choice: handles and ids of memory.</summary>
    public Reply AddChosen(string step, Reply reply)
    {
        _lines.Add((step, reply.Name));
        return reply;
    }

    /// <summary>Notes something else that can be seen.</summary>
    public void Add(string step, string outcome) => _lines.Add((step, outcome));

    private static string? Describe(Parameter parameter) => parameter switch
    {
        { IsValueOutput: true } => $"[{parameter.A} {parameter.B} {parameter.C}]",
        { IsMemoryOutput: true } => $"[{parameter.B} bytes]",
        _ => null,
    };
}
