// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Storage;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>A service with a defect, which shows in one request of many.</summary>
internal sealed unsafe class DefectiveService(FuzzWorld world, IRpcService inner, FuzzDefect defect) : IRpcService
{
    private const int Rarity = 20;
    private int _count;

    public RpcFunction Function => inner.Function;

    public TeeResult Invoke(ref RpcRequest request)
    {
        FileSystemOperation? operation =
            request.Function == RpcFunction.FileSystem && request.Parameters.Length > 0
                ? (FileSystemOperation)request.Parameters[0].A
                : null;
        if (defect == FuzzDefect.LeaksHandle && operation == FileSystemOperation.Close
            && world.Handles.TryAcquire(request.Parameters[0].B, HandleKind.File, out OpenFile file))
        {
            _ = world.Handles.Release(file);
            return TeeResult.Success;
        }

        if (defect == FuzzDefect.Throws && IsDue())
        {
            throw new InvalidOperationException("planted");
        }

        TeeResult result = inner.Invoke(ref request);
        bool isRead = operation == FileSystemOperation.Read && result == TeeResult.Success;
        bool isWrite = operation == FileSystemOperation.Write && result == TeeResult.Success;
        switch (defect)
        {
            case FuzzDefect.WritesBefore when isRead:
                Change(ref request, -1);
                break;
            case FuzzDefect.WritesBehind when isRead:
                Change(ref request, (long)request.Parameters[1].B);
                break;
            case FuzzDefect.WritesInput when isWrite:
                Change(ref request, 0);
                break;
            case FuzzDefect.WritesElsewhere when IsDue():
                world.Device.Memory[1]!.Address[99] ^= 1;
                break;
            case FuzzDefect.LeaksDescriptor when IsDue():
                LeakDescriptor();
                break;
            case FuzzDefect.LeaksPin when isRead:
                _ = world.Memory.TryPin(request.Parameters[1].C, out _, out _, out _);
                break;
            case FuzzDefect.Allocates when isRead:
                GC.KeepAlive(new byte[1]);
                break;
            case FuzzDefect.TakesStaleHandle when operation == FileSystemOperation.Truncate:
                return TeeResult.Success;
            case FuzzDefect.Escapes when IsDue():
                File.WriteAllText(world.Directory["outside/new"], "");
                break;
            case FuzzDefect.ChangesInput when request.Parameters.Length > 0:
                request.Parameters[0].C++;
                break;
            case FuzzDefect.AnswersNonsense when IsDue():
                return TeeResult.TargetDead;
            case FuzzDefect.Hangs when IsDue():
                Thread.Sleep(Timeout.Infinite);
                break;
        }

        return result;
    }

    public void Undo(ref RpcRequest request)
    {
        if (defect != FuzzDefect.ForgetsToUndo)
        {
            inner.Undo(ref request);
        }
    }

    public void Delivered(ref RpcRequest request) => inner.Delivered(ref request);

    public bool CanRepeat(ref RpcRequest request) => inner.CanRepeat(ref request);

    private bool IsDue() => ++_count % Rarity == 0;

    /// <summary>Changes a byte relative to the begin of the second parameter's buffer, if its object has it.</summary>
    private void Change(ref RpcRequest request, long distance)
    {
        TeeParameter parameter = request.Parameters[1];
        long offset = (long)parameter.A + distance;
        if (world.Device.Find(parameter.C) is FuzzMemory memory && offset >= 0 && offset < memory.Length)
        {
            memory.Address[offset] ^= 1;
        }
    }

    private void LeakDescriptor()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        byte[] path = System.Text.Encoding.UTF8.GetBytes(world.Directory["store"] + "\0");
        fixed (byte* name = path)
        {
            _ = world.Files.Open(Libc.AT_FDCWD, name, Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
        }

        world.Interference.Exempt(GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
