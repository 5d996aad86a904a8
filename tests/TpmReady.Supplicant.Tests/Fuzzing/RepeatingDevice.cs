// SPDX-License-Identifier: MIT

using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Device;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>A device to which a hundredth answer is sent twice.</summary>
internal sealed class RepeatingDevice(ITeeDevice inner) : ITeeDevice
{
    private int _count;

    public TeeVersion Version => inner.Version;

    public int Receive(nint argument, int length) => inner.Receive(argument, length);

    public int Send(nint argument, int length)
    {
        int error = inner.Send(argument, length);
        return ++_count % 100 == 0 ? inner.Send(argument, length) : error;
    }

    public int RegisterMemory(nint address, nuint length, out TeeMemory memory) =>
        inner.RegisterMemory(address, length, out memory);

    public int AllocateMemory(nuint length, out TeeMemory memory) => inner.AllocateMemory(length, out memory);

    public void ReleaseMemory(TeeMemory memory) => inner.ReleaseMemory(memory);

    public void Dispose() => inner.Dispose();
}
