// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Linux.Tee;

/// <summary>
/// One parameter of a TEE request: <c>struct tee_ioctl_param</c>, 32 bytes, the same on every architecture
/// (include/uapi/linux/tee.h).
/// </summary>
/// <remarks>
/// A value uses A, B and C freely. In a memory reference A is the offset within the shared-memory object, B the size,
/// and C the object's id, where <see cref="NoMemory"/> says "no buffer". All in bytes.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public struct TeeParameter
{
    /// <summary>The size of the structure, in bytes.</summary>
    public const int Size = 32;

    /// <summary>The shared-memory id of a memory reference without a buffer (TEE_MEMREF_NULL).</summary>
    public const ulong NoMemory = ulong.MaxValue;

    /// <summary>The low byte is a <see cref="TeeParameterType"/>; bit 0x100 marks a <see cref="Meta"/> parameter.</summary>
    public ulong Attributes;

    /// <summary>Value a, or the offset of a memory reference.</summary>
    public ulong A;

    /// <summary>Value b, or the size of a memory reference.</summary>
    public ulong B;

    /// <summary>Value c, or the shared-memory id of a memory reference.</summary>
    public ulong C;

    /// <summary>The bit that marks a parameter of the transport itself (TEE_IOCTL_PARAM_ATTR_META).</summary>
    public const ulong Meta = 0x100;

    /// <summary>The type, whatever other bits are set.</summary>
    public readonly TeeParameterType Type => (TeeParameterType)(byte)Attributes;

    /// <summary>Whether the parameter belongs to the transport and not to the request.</summary>
    public readonly bool IsMeta => (Attributes & Meta) != 0;
}
