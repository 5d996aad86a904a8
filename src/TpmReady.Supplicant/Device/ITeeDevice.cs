// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.Tee;

namespace TpmReady.Supplicant.Device;

/// <summary>
/// The supplicant's side of the kernel's TEE driver: one open /dev/teepriv node, or something that behaves like it.
/// Every call is thread-safe and answers with an error number, 0 for success.
/// </summary>
public interface ITeeDevice : IDisposable
{
    /// <summary>What the driver says of itself.</summary>
    TeeVersion Version { get; }

    /// <summary>TEE_IOC_SUPPL_RECV: blocks until a request is there, or a signal comes (EINTR).</summary>
    /// <param name="argument">Address of the argument: 8 bytes of header, then parameters of 32 bytes.</param>
    /// <param name="length">Its length in bytes, which must be exactly what its parameter count asks for.</param>
    int Receive(nint argument, int length);

    /// <summary>TEE_IOC_SUPPL_SEND: delivers an answer.</summary>
    /// <param name="argument">Address of the argument: 8 bytes of header, then parameters of 32 bytes.</param>
    /// <param name="length">Its length in bytes.</param>
    int Send(nint argument, int length);

    /// <summary>TEE_IOC_SHM_REGISTER: makes memory of ours known under an id. The memory must stay mapped.</summary>
    /// <param name="address">Its address, at a page boundary.</param>
    /// <param name="length">Its length in bytes, whole pages.</param>
    /// <param name="memory">The object; meaningless on error.</param>
    int RegisterMemory(nint address, nuint length, out TeeMemory memory);

    /// <summary>TEE_IOC_SHM_ALLOC: the driver allocates memory, which the descriptor maps.</summary>
    /// <param name="length">The wanted length in bytes.</param>
    /// <param name="memory">The object, with the length that it truly has; meaningless on error.</param>
    int AllocateMemory(nuint length, out TeeMemory memory);

    /// <summary>Gives up our reference to an object. It lives on while the secure world holds one.</summary>
    void ReleaseMemory(TeeMemory memory);
}
