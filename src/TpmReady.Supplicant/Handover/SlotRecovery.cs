// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Channel;
using TpmReady.Supplicant.Logging;

namespace TpmReady.Supplicant.Handover;

/// <summary>
/// Finds out what became of every request that a dead process had received. Run it while no other process serves, and
/// before anything else is received.
/// </summary>
/// <remarks>
/// <para>
/// The hard case is a process that died while it sent an answer. Sending again would be wrong: kernels that number
/// requests when they are queued reuse the lowest number at once, so the number may already stand for the next request,
/// and answering a request that nobody has received corrupts the kernel's queue (supp_pop_req in
/// drivers/tee/optee/supp.c frees it while it is still linked).
/// </para>
/// <para>
/// The order decides. First a probe: an answer of the right number and an impossible shape, which the kernel refuses
/// without any effect; ENOENT says that no such number lives. Then the kernel's queue is emptied into spare slots. If the
/// number comes out of the queue, it was a new request's, and the old one had been answered. If not, nobody but the old
/// request can have it, and nobody but us can answer that.
/// </para>
/// </remarks>
internal sealed class SlotRecovery(RpcChannel channel, StateArena arena, ILog log)
{
    private readonly List<LeftRequest> _left = [];

    /// <summary>Finds out.</summary>
    /// <returns>All requests that are not finished; none has an unknown fate.</returns>
    public IReadOnlyList<LeftRequest> Run()
    {
        for (int i = 0; i < arena.Layout.SlotCount; i++)
        {
            RpcSlot slot = arena.GetSlot(i);
            if (SlotJudgement.TryJudge(slot, out LeftRequest left))
            {
                _left.Add(left);
            }
            else
            {
                slot.State = SlotState.Free;
            }
        }

        ResolveByNumber();
        ResolveByProbe();
        if (_left.Exists(static each => each.Fate == LeftFate.Unknown))
        {
            EmptyQueue();
            ResolveByNumber();
            SendAgain();
        }

        return _left;
    }

    /// <summary>A number that a younger request has was given up by the older one: that was answered.</summary>
    private void ResolveByNumber()
    {
        for (int i = 0; i < _left.Count; i++)
        {
            LeftRequest old = _left[i];
            if (old.Fate == LeftFate.Unknown && old.Id != 0 && _left.Exists(each => IsYounger(each, old)))
            {
                _left[i] = old with { Fate = LeftFate.Answered };
            }
        }
    }

    private static bool IsYounger(in LeftRequest candidate, in LeftRequest old) =>
        candidate.Id == old.Id
        && (candidate.Fate == LeftFate.Owed
            || (candidate.Fate == LeftFate.Unknown && candidate.Slot.Arrival > old.Slot.Arrival));

    private void ResolveByProbe()
    {
        for (int i = 0; i < _left.Count; i++)
        {
            if (_left[i].Fate == LeftFate.Unknown && _left[i].Id != 0)
            {
                _left[i] = _left[i] with
                {
                    Fate = channel.Probe(_left[i].Id) switch
                    {
                        Errno.ENOENT => LeftFate.Answered,
                        Errno.EBADF => LeftFate.RequesterGone,
                        _ => LeftFate.Unknown,
                    },
                };
            }
        }
    }

    /// <summary>
    /// Receives until the kernel waits: an interrupted RECV proves that the queue was empty, for it takes a request
    /// before it waits.
    /// </summary>
    private void EmptyQueue()
    {
        using var alarm = new ReceiveAlarm();
        for (int i = arena.Layout.SlotCount - 1; i >= 0; i--)
        {
            RpcSlot slot = arena.GetSlot(i);
            if (slot.State != SlotState.Free)
            {
                continue;
            }

            int error = channel.Receive(slot, out RpcFrame frame);
            if (error != Errno.Success)
            {
                return;
            }

            _left.Add(new LeftRequest(slot, frame, LeftFate.Owed, WasBegun: false));
        }

        log.Write(LogLevel.Error, "more requests wait than the secure world has threads; the queue is not empty");
    }

    private void SendAgain()
    {
        for (int i = 0; i < _left.Count; i++)
        {
            LeftRequest left = _left[i];
            if (left.Fate == LeftFate.Unknown)
            {
                int error = channel.SendAgain(left.Slot, left.Frame);
                log.Write(LogLevel.Notice, $"an answer that was about to leave was sent again: {Errno.Name(error)}");
                _left[i] = left with
                {
                    Fate = error == Errno.EBADF ? LeftFate.RequesterGone : LeftFate.Answered,
                };
            }
        }
    }
}
