// SPDX-License-Identifier: MIT

using System;
using System.Runtime.CompilerServices;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Protocol;

namespace TpmReady.Supplicant.Recording;

/// <summary>A device whose requests and answers are recorded; the supplicant itself does not know.</summary>
/// <param name="inner">The device.</param>
/// <param name="recorder">The recorder.</param>
internal sealed unsafe class RecordingDevice(ITeeDevice inner, Recorder recorder) : ITeeDevice
{
    // A request is received, served and answered by one thread; 0 is none, so that a new thread has none.
    [ThreadStatic]
    private static int _current;

    [ThreadStatic]
    private static bool _isAnswered;

    /// <summary>Where memory references are looked up. Without it nothing is recorded.</summary>
    public ISharedMemory? Memory { get; set; }

    /// <inheritdoc/>
    public TeeVersion Version => inner.Version;

    /// <inheritdoc/>
    public int Receive(nint argument, int length)
    {
        int error = inner.Receive(argument, length);
        if (error == Errno.Success && Memory is not null)
        {
            Span<TeeParameter> parameters = Parameters(argument, length, *(uint*)(argument + sizeof(uint)));
            _current = recorder.Begin(*(uint*)argument, parameters, Memory) + 1;
            _isAnswered = false;
        }

        return error;
    }

    /// <inheritdoc/>
    public int Send(nint argument, int length)
    {
        int number = _current - 1;
        if (number < 0 || Memory is null)
        {
            return inner.Send(argument, length);
        }

        // An answer that could not be sent for a passing cause is sent again.
        if (!_isAnswered)
        {
            Span<TeeParameter> parameters = Parameters(argument, length, *(uint*)(argument + sizeof(uint)));
            recorder.End(number, *(uint*)argument, parameters, Memory);
            _isAnswered = true;
        }

        int error = inner.Send(argument, length);
        if (error is not (Errno.EINTR or Errno.EAGAIN or Errno.ENOMEM))
        {
            _current = 0;
            recorder.Commit(number, error);
        }

        return error;
    }

    /// <inheritdoc/>
    public int RegisterMemory(nint address, nuint length, out TeeMemory memory) =>
        inner.RegisterMemory(address, length, out memory);

    /// <inheritdoc/>
    public int AllocateMemory(nuint length, out TeeMemory memory) => inner.AllocateMemory(length, out memory);

    /// <inheritdoc/>
    public void ReleaseMemory(TeeMemory memory) => inner.ReleaseMemory(memory);

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();

    // RECV and SEND alike: two words, the second is the count, then parameters.
    private static Span<TeeParameter> Parameters(nint argument, int length, uint count)
    {
        int room = (length - TeeAbi.ArgumentHeaderSize) / Unsafe.SizeOf<TeeParameter>();
        return new Span<TeeParameter>((void*)(argument + TeeAbi.ArgumentHeaderSize), (int)Math.Min(count, (uint)room));
    }
}
