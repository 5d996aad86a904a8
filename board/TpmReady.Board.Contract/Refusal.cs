// SPDX-License-Identifier: MIT

using System;
using System.Runtime.InteropServices;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Server;
using TpmReady.Tpm;

namespace TpmReady.Board.Contract;

/// <summary>Refuses every request that comes, until it is disposed.</summary>
internal sealed unsafe class Refusal : IDisposable
{
    // struct tee_iocl_supp_recv_arg and tee_iocl_supp_send_arg: two words, then the parameters.
    private const int HeaderSize = 8;
    private const int Room = 8;

    private readonly ITeeDevice _device;
    private readonly Thread _thread;
    private volatile bool _stopping;
    private volatile int _threadId;

    public Refusal(ITeeDevice device)
    {
        if (!WakeSignal.TryInstall())
        {
            throw new InvalidOperationException("the wake signal is taken");
        }

        _device = device;
        _thread = new Thread(Run);
        _thread.Start();
    }

    public void Dispose()
    {
        _stopping = true;

        // A signal that comes just before RECV blocks is lost, so it is repeated.
        while (!_thread.Join(5))
        {
            if (_threadId != 0)
            {
                WakeSignal.Send(_threadId);
            }
        }
    }

    private void Run()
    {
        _threadId = Libc.GetThreadId();
        uint* argument = (uint*)NativeMemory.AllocZeroed(HeaderSize + (Room * TeeParameter.Size));
        while (!_stopping)
        {
            new Span<byte>(argument, HeaderSize + (Room * TeeParameter.Size)).Clear();
            argument[1] = Room;
            ((TeeParameter*)(argument + 2))->Attributes = TeeParameter.Meta;
            if (_device.Receive((nint)argument, HeaderSize + (Room * TeeParameter.Size)) == Errno.Success)
            {
                argument[0] = (uint)TeeResult.ItemNotFound;
                _ = _device.Send((nint)argument, HeaderSize + ((int)argument[1] * TeeParameter.Size));
            }
        }

        NativeMemory.Free(argument);
    }
}
