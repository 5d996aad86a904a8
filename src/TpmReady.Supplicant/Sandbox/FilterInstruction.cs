// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Supplicant.Sandbox;

/// <summary>struct sock_filter of the kernel's classic BPF (include/uapi/linux/filter.h), 8 bytes.</summary>
/// <param name="Code">What to do: one of the constants.</param>
/// <param name="IfTrue">How many instructions a jump skips if its condition holds.</param>
/// <param name="IfFalse">How many it skips otherwise.</param>
/// <param name="Value">The operand.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct FilterInstruction(ushort Code, byte IfTrue, byte IfFalse, uint Value)
{
    /// <summary>BPF_LD | BPF_W | BPF_ABS: loads 32 bits of struct seccomp_data.</summary>
    public const ushort Load = 0x20;

    /// <summary>BPF_ALU | BPF_AND | BPF_K.</summary>
    public const ushort And = 0x54;

    /// <summary>BPF_JMP | BPF_JEQ | BPF_K.</summary>
    public const ushort JumpIfEqual = 0x15;

    /// <summary>BPF_JMP | BPF_JGE | BPF_K.</summary>
    public const ushort JumpIfAtLeast = 0x35;

    /// <summary>BPF_RET | BPF_K.</summary>
    public const ushort Return = 0x06;
}
