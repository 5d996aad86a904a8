// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.Sandbox;

/// <summary>
/// Assembles a filter of system calls: a list of those that are allowed, some only with certain arguments. Pure; rules
/// are tried in the order in which they were added.
/// </summary>
internal sealed class FilterBuilder
{
    // include/uapi/linux/seccomp.h: actions, and the layout of struct seccomp_data.
    public const uint Allowed = 0x7fff0000;
    public const uint KillProcess = 0x80000000;
    private const uint FailWith = 0x00050000;
    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint FirstArgumentOffset = 16;
    private const uint ArgumentSize = 8;

    private readonly FilterInstruction[] _program = new FilterInstruction[1024];
    private readonly uint _otherwise;
    private int _length;

    /// <summary>A filter for one architecture.</summary>
    /// <param name="architecture">Its AUDIT_ARCH number; calls of any other one end the process.</param>
    /// <param name="firstUnknown">
    /// Calls from this number on fail with ENOSYS: they are newer than this program, and libc knows what to do without
    /// them. So do the x32 calls of x86-64, whose numbers are large.
    /// </param>
    /// <param name="otherwise">What happens to calls that no rule names.</param>
    public FilterBuilder(uint architecture, uint firstUnknown, uint otherwise)
    {
        const uint enosys = 38;
        _otherwise = otherwise;
        Add(FilterInstruction.Load, 0, 0, ArchitectureOffset);
        Add(FilterInstruction.JumpIfEqual, 1, 0, architecture);
        Add(FilterInstruction.Return, 0, 0, KillProcess);
        Add(FilterInstruction.Load, 0, 0, NumberOffset);
        Add(FilterInstruction.JumpIfAtLeast, 0, 1, firstUnknown);
        Add(FilterInstruction.Return, 0, 0, Fail(enosys));
    }

    /// <summary>The action that lets a call fail.</summary>
    /// <param name="error">With which error number.</param>
    public static uint Fail(uint error) => FailWith | error;

    /// <summary>Decides about a call whatever its arguments are.</summary>
    public void Decide(uint call, uint action)
    {
        Add(FilterInstruction.JumpIfEqual, 0, 1, call);
        Add(FilterInstruction.Return, 0, 0, action);
    }

    /// <summary>Allows a call if an argument, masked, is one of some values.</summary>
    /// <param name="call">The call's number.</param>
    /// <param name="argument">The argument's number, from 0; only its low 32 bits are looked at.</param>
    /// <param name="mask">The bits that matter.</param>
    /// <param name="values">What they may be.</param>
    public void AllowIf(uint call, int argument, uint mask, params ReadOnlySpan<uint> values) =>
        AllowIf(call, argument, exact: null, mask, values);

    /// <summary>The same, and also if the whole argument is one certain value.</summary>
    /// <param name="call">The call's number.</param>
    /// <param name="argument">The argument's number, from 0; only its low 32 bits are looked at.</param>
    /// <param name="exact">That value, or null.</param>
    /// <param name="mask">The bits that matter otherwise.</param>
    /// <param name="values">What they may be.</param>
    public void AllowIf(uint call, int argument, uint? exact, uint mask, ReadOnlySpan<uint> values)
    {
        int rest = values.Length;
        Add(FilterInstruction.JumpIfEqual, 0, (byte)(rest + (exact is null ? 4 : 5)), call);
        Add(FilterInstruction.Load, 0, 0, FirstArgumentOffset + ((uint)argument * ArgumentSize));
        if (exact is uint whole)
        {
            Add(FilterInstruction.JumpIfEqual, (byte)(rest + 2), 0, whole);
        }

        Add(FilterInstruction.And, 0, 0, mask);
        foreach (uint value in values)
        {
            Add(FilterInstruction.JumpIfEqual, (byte)rest--, 0, value);
        }

        Add(FilterInstruction.Return, 0, 0, _otherwise);
        Add(FilterInstruction.Return, 0, 0, Allowed);
    }

    /// <summary>The finished filter.</summary>
    public ReadOnlySpan<FilterInstruction> Build()
    {
        Add(FilterInstruction.Return, 0, 0, _otherwise);
        return _program.AsSpan(0, _length);
    }

    private void Add(ushort code, byte ifTrue, byte ifFalse, uint value) =>
        _program[_length++] = new FilterInstruction(code, ifTrue, ifFalse, value);
}
