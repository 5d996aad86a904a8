// SPDX-License-Identifier: MIT

using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Device;

namespace TpmReady.Supplicant.Tests.Fake;

/// <summary>An open node of the fake kernel.</summary>
internal sealed class FakeTeeDevice(FakeKernel kernel, TeeVersion version, bool isPrivileged) : ITeeDevice
{
    public TeeVersion Version => version;

    public bool IsPrivileged => isPrivileged;

    /// <summary>Whether the descriptor is open. The context may outlive it.</summary>
    public bool IsOpen { get; internal set; } = true;

    public int Receive(nint argument, int length) => kernel.Receive(this, argument, length);

    public int Send(nint argument, int length) => kernel.Send(this, argument, length);

    public int RegisterMemory(nint address, nuint length, out TeeMemory memory) =>
        kernel.Register(this, address, length, out memory);

    public int AllocateMemory(nuint length, out TeeMemory memory) => kernel.Allocate(this, length, out memory);

    public void ReleaseMemory(TeeMemory memory) => kernel.Release(memory);

    public void Dispose()
    {
        if (IsOpen)
        {
            kernel.Close(this);
        }
    }
}
