// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using TpmReady.Linux.Tee;

namespace TpmReady.Linux.Tests.Tee;

/// <summary>Our numbers and layouts are the kernel's: the compiler says so.</summary>
public sealed class TeeAbiTests
{
    [Test]
    public async Task Numbers_sizes_and_offsets_are_those_of_the_header()
    {
        Dictionary<string, ulong> ours = Ours();
        Dictionary<string, ulong> theirs = CompiledHeader.Evaluate(["linux/tee.h"], ours.Keys);

        await Assert.That(Lines(ours)).IsEqualTo(Lines(theirs));
    }

    private static Dictionary<string, ulong> Ours() => new(StringComparer.Ordinal)
    {
        ["TEE_IOC_VERSION"] = TeeAbi.Version,
        ["TEE_IOC_SHM_ALLOC"] = TeeAbi.SharedMemoryAllocate,
        ["TEE_IOC_SUPPL_RECV"] = TeeAbi.SupplicantReceive,
        ["TEE_IOC_SUPPL_SEND"] = TeeAbi.SupplicantSend,
        ["TEE_IOC_SHM_REGISTER"] = TeeAbi.SharedMemoryRegister,
        ["TEE_IMPL_ID_OPTEE"] = TeeVersion.OpTee,
        ["TEE_GEN_CAP_PRIVILEGED"] = TeeVersion.Privileged,
        ["TEE_GEN_CAP_REG_MEM"] = TeeVersion.RegisteredMemory,
        ["TEE_IOCTL_PARAM_ATTR_META"] = TeeParameter.Meta,
        ["TEE_IOCTL_PARAM_ATTR_MASK"] = TeeAbi.AttributeMask,
        ["TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT"] = (ulong)TeeParameterType.ValueInput,
        ["TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT"] = (ulong)TeeParameterType.ValueOutput,
        ["TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT"] = (ulong)TeeParameterType.ValueInOut,
        ["TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT"] = (ulong)TeeParameterType.MemoryInput,
        ["TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT"] = (ulong)TeeParameterType.MemoryOutput,
        ["TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT"] = (ulong)TeeParameterType.MemoryInOut,
        ["sizeof(struct tee_ioctl_version_data)"] = SizeOf<TeeAbi.VersionData>(),
        ["offsetof(struct tee_ioctl_version_data, impl_id)"] = Offset<TeeAbi.VersionData>("Implementation"),
        ["offsetof(struct tee_ioctl_version_data, impl_caps)"] =
            Offset<TeeAbi.VersionData>("ImplementationCapabilities"),
        ["offsetof(struct tee_ioctl_version_data, gen_caps)"] = Offset<TeeAbi.VersionData>("GeneralCapabilities"),
        ["sizeof(struct tee_ioctl_shm_alloc_data)"] = SizeOf<TeeAbi.SharedMemoryAllocateData>(),
        ["offsetof(struct tee_ioctl_shm_alloc_data, size)"] = Offset<TeeAbi.SharedMemoryAllocateData>("Size"),
        ["offsetof(struct tee_ioctl_shm_alloc_data, flags)"] = Offset<TeeAbi.SharedMemoryAllocateData>("Flags"),
        ["offsetof(struct tee_ioctl_shm_alloc_data, id)"] = Offset<TeeAbi.SharedMemoryAllocateData>("Id"),
        ["sizeof(struct tee_ioctl_shm_register_data)"] = SizeOf<TeeAbi.SharedMemoryRegisterData>(),
        ["offsetof(struct tee_ioctl_shm_register_data, addr)"] = Offset<TeeAbi.SharedMemoryRegisterData>("Address"),
        ["offsetof(struct tee_ioctl_shm_register_data, length)"] = Offset<TeeAbi.SharedMemoryRegisterData>("Length"),
        ["offsetof(struct tee_ioctl_shm_register_data, flags)"] = Offset<TeeAbi.SharedMemoryRegisterData>("Flags"),
        ["offsetof(struct tee_ioctl_shm_register_data, id)"] = Offset<TeeAbi.SharedMemoryRegisterData>("Id"),
        ["sizeof(struct tee_ioctl_buf_data)"] = SizeOf<TeeAbi.BufferData>(),
        ["offsetof(struct tee_ioctl_buf_data, buf_ptr)"] = Offset<TeeAbi.BufferData>("Address"),
        ["offsetof(struct tee_ioctl_buf_data, buf_len)"] = Offset<TeeAbi.BufferData>("Length"),
        ["sizeof(struct tee_ioctl_param)"] = SizeOf<TeeParameter>(),
        ["offsetof(struct tee_ioctl_param, attr)"] = Offset<TeeParameter>("Attributes"),
        ["offsetof(struct tee_ioctl_param, a)"] = Offset<TeeParameter>("A"),
        ["offsetof(struct tee_ioctl_param, b)"] = Offset<TeeParameter>("B"),
        ["offsetof(struct tee_ioctl_param, c)"] = Offset<TeeParameter>("C"),
        ["sizeof(struct tee_iocl_supp_recv_arg)"] = TeeAbi.ArgumentHeaderSize,
        ["offsetof(struct tee_iocl_supp_recv_arg, func)"] = 0,
        ["offsetof(struct tee_iocl_supp_recv_arg, num_params)"] = 4,
        ["sizeof(struct tee_iocl_supp_send_arg)"] = TeeAbi.ArgumentHeaderSize,
        ["offsetof(struct tee_iocl_supp_send_arg, ret)"] = 0,
        ["offsetof(struct tee_iocl_supp_send_arg, num_params)"] = 4,
    };

    private static ulong SizeOf<T>() => (ulong)Unsafe.SizeOf<T>();

    private static ulong Offset<T>(string field) => (ulong)Marshal.OffsetOf<T>(field);

    private static string Lines(Dictionary<string, ulong> values) =>
        string.Join('\n', values.Select(static pair => $"{pair.Key} = 0x{pair.Value:X}"));
}
