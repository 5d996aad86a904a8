// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Linux.Tee;

/// <summary>
/// The kernel's TEE interface as the supplicant uses it: numbers and layouts of include/uapi/linux/tee.h. All
/// structures have the same layout for 32 and 64 bits, in native byte order. A test compiles the header and compares.
/// </summary>
internal static class TeeAbi
{
    /// <summary>TEE_IOC_VERSION, with <see cref="VersionData"/>.</summary>
    public const uint Version = 0x800CA400;

    /// <summary>TEE_IOC_SHM_ALLOC, with <see cref="SharedMemoryAllocateData"/>; returns a descriptor.</summary>
    public const uint SharedMemoryAllocate = 0xC010A401;

    /// <summary>TEE_IOC_SUPPL_RECV, with <see cref="BufferData"/>; blocks.</summary>
    public const uint SupplicantReceive = 0x8010A406;

    /// <summary>TEE_IOC_SUPPL_SEND, with <see cref="BufferData"/>.</summary>
    public const uint SupplicantSend = 0x8010A407;

    /// <summary>TEE_IOC_SHM_REGISTER, with <see cref="SharedMemoryRegisterData"/>; returns a descriptor.</summary>
    public const uint SharedMemoryRegister = 0xC018A409;

    /// <summary>
    /// TEE_MAX_ARG_SIZE up to Linux 6.17, in bytes; later kernels take more, so this is what all take.
    /// </summary>
    public const int MaximumArgumentSize = 1024;

    /// <summary>
    /// The bytes before the parameters in the argument of RECV (<c>struct tee_iocl_supp_recv_arg</c>: func at 0,
    /// num_params at 4) and of SEND (<c>struct tee_iocl_supp_send_arg</c>: ret at 0, num_params at 4).
    /// </summary>
    public const int ArgumentHeaderSize = 8;

    /// <summary>How many parameters <see cref="MaximumArgumentSize"/> has room for.</summary>
    public const int MaximumParameters = (MaximumArgumentSize - ArgumentHeaderSize) / TeeParameter.Size;

    /// <summary>
    /// The attribute of the parameter that names an asynchronous request: value in-out, plus the transport's bit.
    /// </summary>
    public const ulong RequestIdAttribute = (ulong)TeeParameterType.ValueInOut | TeeParameter.Meta;

    /// <summary>All the attribute bits there are (TEE_IOCTL_PARAM_ATTR_MASK).</summary>
    public const ulong AttributeMask = 0x1FF;

    /// <summary><c>struct tee_ioctl_version_data</c>, 12 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct VersionData
    {
        public uint Implementation;
        public uint ImplementationCapabilities;
        public uint GeneralCapabilities;
    }

    /// <summary><c>struct tee_ioctl_shm_alloc_data</c>, 16 bytes: size in and out, flags 0, id out.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SharedMemoryAllocateData
    {
        public ulong Size;
        public uint Flags;
        public int Id;
    }

    /// <summary><c>struct tee_ioctl_shm_register_data</c>, 24 bytes: length in and out, flags 0, id out.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SharedMemoryRegisterData
    {
        public ulong Address;
        public ulong Length;
        public uint Flags;
        public int Id;
    }

    /// <summary><c>struct tee_ioctl_buf_data</c>, 16 bytes: where the true argument is.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct BufferData
    {
        public ulong Address;
        public ulong Length;
    }
}
