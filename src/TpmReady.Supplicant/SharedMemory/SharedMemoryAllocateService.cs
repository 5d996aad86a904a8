// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.SharedMemory;

/// <summary>
/// SHM_ALLOC: value in-out, a = type (0, application memory), b = size in bytes, c = id out
/// (handle_rpc_supp_cmd_shm_alloc, cmd_alloc_suppl in drivers/tee/optee/rpc.c). The kernel turns every failure into
/// "out of memory".
/// </summary>
/// <remarks>
/// A small request is never refused. OP-TEE answers one refusal while it opens its storage index by removing the index
/// (ree_fs_open_primitive in core/tee/tee_ree_fs.c), after which nothing is stored any more. So it waits until there is
/// memory, however long, and the requester waits with it. A large request is for TAs and plug-in data, not for storage;
/// it is refused after <see cref="Patience"/>.
/// </remarks>
public sealed class SharedMemoryAllocateService(SharedMemoryTable table, ILog log) : IRpcService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>How long a large request waits for memory.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public RpcFunction Function => RpcFunction.SharedMemoryAllocate;

    /// <inheritdoc/>
    public TeeResult Invoke(ref RpcRequest request)
    {
        if (!request.HasTypes(TeeParameterType.ValueInOut))
        {
            return TeeResult.BadParameters;
        }

        ref TeeParameter parameter = ref request.Parameters[0];
        ulong size = parameter.B;
        if (parameter.A != 0 || size == 0)
        {
            return TeeResult.BadParameters;
        }

        bool isSmall = size <= PoolShape.LargestBuffer;
        if (!(isSmall && table.TryTake(size, request.Slot, out int id)))
        {
            int error = table.Allocate(size, request.Slot, out id);
            if (error != Errno.Success)
            {
                error = isSmall
                    ? WaitForBuffer(size, request.Slot, error, out id)
                    : RetryLarge(size, request.Slot, error, out id);
            }

            if (error != Errno.Success)
            {
                return TeeResult.OutOfMemory;
            }
        }

        parameter.C = (ulong)id;
        return TeeResult.Success;
    }

    /// <inheritdoc/>
    public void Undo(ref RpcRequest request) => table.RollBack(request.Slot);

    /// <inheritdoc/>
    public void PrepareRepeat(ref RpcRequest request) => table.Forget(request.Slot);

    /// <inheritdoc/>
    public void Delivered(ref RpcRequest request) => table.Settle(request.Slot);

    private int WaitForBuffer(ulong size, int slot, int error, out int id)
    {
        log.Write(
            LogLevel.Critical,
            $"no shared memory of {size} bytes for the secure world ({Errno.Name(error)}). It waits: a refusal could "
            + "make it discard its storage. Free memory, or raise the limits on memory and open files.");
        TimeSpan pause = FirstPause;
        while (true)
        {
            Thread.Sleep(pause);
            if (table.TryTake(size, slot, out id) || table.Allocate(size, slot, out id) == Errno.Success)
            {
                log.Write(LogLevel.Notice, $"shared memory of {size} bytes was found; the secure world goes on");
                return Errno.Success;
            }

            pause = Longer(pause);
        }
    }

    private int RetryLarge(ulong size, int slot, int error, out int id)
    {
        id = -1;
        long start = Stopwatch.GetTimestamp();
        TimeSpan pause = FirstPause;
        while (IsTransient(error) && Stopwatch.GetElapsedTime(start) < Patience)
        {
            Thread.Sleep(pause);
            pause = Longer(pause);
            error = table.Allocate(size, slot, out id);
        }

        if (error != Errno.Success)
        {
            log.Write(
                LogLevel.Error,
                $"shared memory of {size} bytes is refused to the secure world: "
                + (error == Errno.ENOSPC ? "it is beyond the limits (--shm-limit)" : Errno.Name(error)));
        }

        return error;
    }

    private static bool IsTransient(int error) =>
        error is Errno.ENOMEM or Errno.EAGAIN or Errno.EINTR or Errno.EMFILE or Errno.ENFILE or Errno.EFAULT;

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;
}
