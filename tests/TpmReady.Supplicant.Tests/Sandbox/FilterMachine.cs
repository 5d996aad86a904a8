// SPDX-License-Identifier: MIT

using System;
using TpmReady.Supplicant.Sandbox;

namespace TpmReady.Supplicant.Tests.Sandbox;

/// <summary>Runs a filter as the kernel does: its answer to a system call.</summary>
internal static class FilterMachine
{
    private const int MaximumLength = 4096;

    /// <summary>The action of the filter.</summary>
    public static uint Run(
        ReadOnlySpan<FilterInstruction> program, uint architecture, uint call, params ReadOnlySpan<ulong> arguments)
    {
        if (program.Length > MaximumLength)
        {
            throw new InvalidOperationException("The kernel takes 4096 instructions (BPF_MAXINSNS).");
        }

        Span<uint> data = stackalloc uint[16];
        data[0] = call;
        data[1] = architecture;
        for (int i = 0; i < arguments.Length; i++)
        {
            data[4 + (2 * i)] = (uint)arguments[i];
            data[5 + (2 * i)] = (uint)(arguments[i] >> 32);
        }

        uint accumulator = 0;
        for (int next = 0; ; next++)
        {
            FilterInstruction step = program[next];
            switch (step.Code)
            {
                case FilterInstruction.Load:
                    accumulator = data[(int)step.Value / 4];
                    break;
                case FilterInstruction.And:
                    accumulator &= step.Value;
                    break;
                case FilterInstruction.JumpIfEqual:
                    next += accumulator == step.Value ? step.IfTrue : step.IfFalse;
                    break;
                case FilterInstruction.JumpIfAtLeast:
                    next += accumulator >= step.Value ? step.IfTrue : step.IfFalse;
                    break;
                case FilterInstruction.Return:
                    return step.Value;
                default:
                    throw new InvalidOperationException($"Instruction {step.Code:x}.");
            }
        }
    }
}
