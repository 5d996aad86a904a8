// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using CsCheck;
using TpmReady.Supplicant.Sockets;

namespace TpmReady.Supplicant.Tests.Sockets;

/// <summary>The table of sockets, against a model, and under many threads.</summary>
public sealed class SocketTableTests
{
    private const int Size = 6;
    private const int PerInstance = 4;
    private static readonly SocketLimits Limits = new() { MaximumSockets = Size, MaximumPerInstance = PerInstance };

    private enum Step
    {
        Reserve,
        Attach,
        Publish,
        GiveUp,
        Acquire,
        Release,
        Close,
        CloseAll,
        Guess,
    }

    [Test]
    public void The_table_is_what_the_model_is() =>
        Gen.Select(Gen.Enum<Step>(), Gen.Int[1, 3], Gen.Int[0, 99]).Array[1, 80].Sample(Run, iter: 3000);

    [Test]
    public async Task Handles_are_positive_and_lead_back_to_their_entry() =>
        Gen.Select(Gen.Int[0, SocketHandle.MaximumIndex], Gen.Int).Sample((index, previous) =>
        {
            int handle = SocketHandle.Create(index, previous);
            return handle > 0 && handle != previous
                && SocketHandle.TryParse((ulong)handle, out int parsed) && parsed == index;
        });

    [Test]
    public async Task Many_threads_leave_no_descriptor_behind()
    {
        CountedDescriptors descriptors = new();
        SocketTable table = new(descriptors, Limits);
        Thread[] threads = [.. Enumerable.Range(1, 4).Select(number => new Thread(() => Hammer((ulong)number % 3)))];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        for (ulong instance = 0; instance < 3; instance++)
        {
            table.CloseAll(instance);
        }

        await Assert.That(descriptors.Faults).IsEmpty();
        await Assert.That(descriptors.Open).IsEmpty();
        await Assert.That(table.Count).IsEqualTo(0);

        void Hammer(ulong instance)
        {
            ulong last = 0;
            for (int i = 0; i < 20_000; i++)
            {
                if (table.Reserve(instance, isDatagram: false) is SocketEntry opening)
                {
                    int descriptor = descriptors.Create();
                    if (table.TryAttach(opening, descriptor))
                    {
                        last = (ulong)table.Publish(opening);
                    }
                    else
                    {
                        descriptors.Close(descriptor);
                    }

                    table.Release(opening);
                }

                if (table.Acquire(instance, last) is SocketEntry used)
                {
                    descriptors.MustBeOpen(used.Descriptor);
                    table.Release(used);
                }

                if (i % 3 == 0)
                {
                    table.Close(instance, last);
                }
                else if (i % 7 == 0)
                {
                    table.CloseAll(instance);
                }
                else if (i % 11 == 0)
                {
                    table.Wake();
                }
            }
        }
    }

    private static bool Run((Step Step, int Instance, int Choice)[] steps)
    {
        CountedDescriptors descriptors = new();
        SocketTable table = new(descriptors, Limits);
        List<Known> all = [];
        foreach ((Step step, int number, int choice) in steps)
        {
            ulong instance = (ulong)number;
            Known? chosen = all.Count == 0 ? null : all[choice % all.Count];
            bool fits = step switch
            {
                Step.Reserve => Reserve(table, all, instance),
                Step.Attach => chosen is null || Attach(table, descriptors, chosen),
                Step.Publish => chosen is null || Publish(table, chosen),
                Step.GiveUp => chosen is not { IsOpening: true } || GiveUp(table, chosen),
                Step.Acquire => chosen is null || Acquire(table, chosen, instance),
                Step.Release => chosen is null || chosen.Users == 0 || chosen.IsOpening || Release(table, chosen),
                Step.Close => chosen is null || Close(table, chosen, instance),
                Step.CloseAll => CloseAll(table, all, instance),
                _ => table.Acquire(instance, (ulong)choice) is null && !table.Close(instance, (ulong)choice),
            };
            all.RemoveAll(static known => known.Users == 0 && !known.IsKnown);
            if (!fits
                || table.Count != all.Count
                || descriptors.Faults.Count != 0
                || !descriptors.Open.Order().SequenceEqual(all.Select(static known => known.Descriptor)
                    .Where(static descriptor => descriptor >= 0).Order()))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Reserve(SocketTable table, List<Known> all, ulong instance)
    {
        bool fits = all.Count < Size && all.Count(known => known.Instance == instance) < PerInstance;
        SocketEntry? entry = table.Reserve(instance, isDatagram: true);
        if (entry is not null)
        {
            all.Add(new Known(entry, instance) { IsOpening = true, IsKnown = true, Users = 1 });
        }

        return fits == entry is not null;
    }

    private static bool Attach(SocketTable table, CountedDescriptors descriptors, Known known)
    {
        if (!known.IsOpening || known.Descriptor >= 0)
        {
            return true;
        }

        int descriptor = descriptors.Create();
        bool attached = table.TryAttach(known.Entry, descriptor);
        known.Descriptor = attached ? descriptor : -1;
        if (!attached)
        {
            descriptors.Close(descriptor);
        }

        return attached == known.IsKnown;
    }

    private static bool Publish(SocketTable table, Known known)
    {
        if (!known.IsOpening || known.Descriptor < 0)
        {
            return true;
        }

        int handle = table.Publish(known.Entry);
        known.Handle = (ulong)handle;
        known.IsOpening = false;
        known.IsOpen = handle != 0;
        return handle != 0 == known.IsKnown && Release(table, known);
    }

    private static bool GiveUp(SocketTable table, Known known)
    {
        known.IsOpening = false;
        known.IsKnown = false;
        return Release(table, known);
    }

    private static bool Acquire(SocketTable table, Known known, ulong instance)
    {
        bool finds = known.IsOpen && known.IsKnown && known.Instance == instance;
        SocketEntry? entry = table.Acquire(instance, known.Handle);
        known.Users += entry is null ? 0 : 1;
        return finds ? entry == known.Entry : entry is null;
    }

    private static bool Release(SocketTable table, Known known)
    {
        table.Release(known.Entry);
        known.Users--;
        return true;
    }

    private static bool Close(SocketTable table, Known known, ulong instance)
    {
        bool finds = known.IsOpen && known.IsKnown && known.Instance == instance;
        known.IsKnown &= !finds;
        return table.Close(instance, known.Handle) == finds;
    }

    private static bool CloseAll(SocketTable table, List<Known> all, ulong instance)
    {
        table.CloseAll(instance);
        foreach (Known known in all.Where(known => known.Instance == instance))
        {
            known.IsKnown = false;
        }

        return true;
    }

    private sealed class Known(SocketEntry entry, ulong instance)
    {
        public SocketEntry Entry => entry;

        public ulong Instance => instance;

        public ulong Handle { get; set; }

        public int Descriptor { get; set; } = -1;

        public int Users { get; set; }

        /// <summary>Between Reserve and Publish: one of the users is the request that opens.</summary>
        public bool IsOpening { get; set; }

        public bool IsOpen { get; set; }

        /// <summary>Not closed.</summary>
        public bool IsKnown { get; set; }
    }
}
