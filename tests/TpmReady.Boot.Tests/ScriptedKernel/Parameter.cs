// SPDX-License-Identifier: MIT

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>
/// One parameter of a request, as <c>struct tee_ioctl_param</c> of include/uapi/linux/tee.h has it. The numbers are
/// written here once more: what the supplicant believes is what is to be tested.
/// </summary>
internal readonly record struct Parameter(ulong Attributes, ulong A, ulong B, ulong C)
{
    public const int Size = 32;
    public const ulong Meta = 0x100;
    public const ulong NoMemory = ulong.MaxValue;

    /// <summary>Whether the kernel copies a, b and c of the answer to the secure world.</summary>
    public bool IsValueOutput => (Attributes & 0xFF) is 2 or 3;

    /// <summary>Whether the kernel copies the size of the answer to the secure world.</summary>
    public bool IsMemoryOutput => (Attributes & 0xFF) is 6 or 7;

    public static Parameter ValueInput(ulong a = 0, ulong b = 0, ulong c = 0) => new(1, a, b, c);

    public static Parameter ValueOutput() => new(2, 0, 0, 0);

    public static Parameter ValueInOut(ulong a = 0, ulong b = 0, ulong c = 0) => new(3, a, b, c);

    public static Parameter MemoryInput(SharedBuffer buffer, int size, int offset = 0) =>
        Memory(5, buffer, size, offset);

    public static Parameter MemoryOutput(SharedBuffer buffer, int size, int offset = 0) =>
        Memory(6, buffer, size, offset);

    public static Parameter MemoryInOut(SharedBuffer buffer, int size, int offset = 0) =>
        Memory(7, buffer, size, offset);

    /// <summary>A memory reference without memory, of a kind and a size.</summary>
    public static Parameter NullMemory(ulong type, ulong size = 0) => new(type, 0, size, NoMemory);

    private static Parameter Memory(ulong type, SharedBuffer buffer, int size, int offset) =>
        new(type, (ulong)offset, (ulong)size, (ulong)buffer.Id);
}
