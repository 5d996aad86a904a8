// SPDX-License-Identifier: MIT

using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;

namespace TpmReady.Supplicant.Device;

/// <summary>An open /dev/teepriv node.</summary>
public sealed unsafe class TeeDevice : ITeeDevice
{
    private int _descriptor;

    internal TeeDevice(int descriptor, TeeVersion version)
    {
        _descriptor = descriptor;
        Version = version;
    }

    /// <inheritdoc/>
    public TeeVersion Version { get; }

    /// <summary>The descriptor, close-on-exec; -1 once disposed.</summary>
    public int Descriptor => Volatile.Read(ref _descriptor);

    /// <inheritdoc/>
    public int Receive(nint argument, int length) => Call(TeeAbi.SupplicantReceive, argument, length);

    /// <inheritdoc/>
    public int Send(nint argument, int length) => Call(TeeAbi.SupplicantSend, argument, length);

    /// <inheritdoc/>
    public int RegisterMemory(nint address, nuint length, out TeeMemory memory)
    {
        var data = new TeeAbi.SharedMemoryRegisterData { Address = (ulong)address, Length = length };
        int descriptor = Libc.Ioctl(_descriptor, TeeAbi.SharedMemoryRegister, &data);
        return Finish(descriptor, data.Id, data.Length, out memory);
    }

    /// <inheritdoc/>
    public int AllocateMemory(nuint length, out TeeMemory memory)
    {
        var data = new TeeAbi.SharedMemoryAllocateData { Size = length };
        int descriptor = Libc.Ioctl(_descriptor, TeeAbi.SharedMemoryAllocate, &data);
        return Finish(descriptor, data.Id, data.Size, out memory);
    }

    /// <inheritdoc/>
    public void ReleaseMemory(TeeMemory memory) => _ = Libc.Close(memory.Descriptor);

    /// <summary>
    /// Closes the node. While the secure world holds memory of ours, the kernel keeps it busy for everybody.
    /// </summary>
    public void Dispose()
    {
        int descriptor = Interlocked.Exchange(ref _descriptor, -1);
        if (descriptor >= 0)
        {
            _ = Libc.Close(descriptor);
        }
    }

    /// <summary>Opens a node, whoever it belongs to.</summary>
    /// <param name="path">The path of the node.</param>
    /// <param name="device">The device; null on error.</param>
    /// <returns>0 or the error of open or of TEE_IOC_VERSION.</returns>
    internal static int Open(string path, out TeeDevice? device)
    {
        device = null;
        int descriptor = Libc.Open(path, Libc.O_RDWR | Libc.O_CLOEXEC);
        if (descriptor < 0)
        {
            return Libc.LastError;
        }

        int error = Adopt(descriptor, out device);
        if (error != Errno.Success)
        {
            _ = Libc.Close(descriptor);
        }

        return error;
    }

    /// <summary>Uses an open node that somebody else opened.</summary>
    /// <param name="descriptor">The node. The device owns it on success.</param>
    /// <param name="device">The device; null on error.</param>
    /// <returns>0 or the error of TEE_IOC_VERSION: ENOTTY if the descriptor is something else.</returns>
    public static int Adopt(int descriptor, out TeeDevice? device)
    {
        TeeAbi.VersionData version = default;
        if (Libc.Ioctl(descriptor, TeeAbi.Version, &version) != 0)
        {
            device = null;
            return Libc.LastError;
        }

        device = new TeeDevice(
            descriptor,
            new TeeVersion(version.Implementation, version.ImplementationCapabilities, version.GeneralCapabilities));
        return Errno.Success;
    }

    private int Call(uint request, nint argument, int length)
    {
        var buffer = new TeeAbi.BufferData { Address = (ulong)argument, Length = (ulong)length };
        return Libc.Ioctl(_descriptor, request, &buffer) == 0 ? Errno.Success : Libc.LastError;
    }

    private static int Finish(int descriptor, int id, ulong length, out TeeMemory memory)
    {
        if (descriptor < 0)
        {
            memory = default;
            return Libc.LastError;
        }

        // The driver hands the descriptor out without close-on-exec (tee_shm_get_fd uses O_CLOEXEC only on some
        // kernels).
        _ = Libc.Fcntl(descriptor, Libc.F_SETFD, Libc.FD_CLOEXEC);
        memory = new TeeMemory(descriptor, id, (nuint)length);
        return Errno.Success;
    }
}
