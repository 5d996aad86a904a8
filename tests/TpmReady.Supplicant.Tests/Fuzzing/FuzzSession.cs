// SPDX-License-Identifier: MIT

using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Channel;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Sockets;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>One seed: a supplicant, a secure world, and requests one after the other.</summary>
internal sealed class FuzzSession : IDisposable
{
    private const int Slots = 4;
    private const int NestedSlot = Slots;
    private const int MemoryInterval = 64;
    private const int DirectoryInterval = 4096;

    // Files of TAs between two calls, the directories' own, the RPMB's.
    private const int OtherDescriptors = 8 + 3;

    // What is loaded or compiled at its first use is no leak.
    private const int FreeAllocations = 4;

    private static readonly TimeSpan LongestRequest = TimeSpan.FromSeconds(5);

    private static readonly ConcurrentDictionary<(RpcFunction, int, TeeResult), int> Allocations = new();

    private readonly FuzzShape _shape;
    private readonly FuzzModel _model = new();
    private readonly FuzzWorld _world;
    private readonly FuzzGenerator _generator;
    private readonly FuzzOracle _oracle;
    private readonly FuzzExchange _request = new(1);
    private readonly FuzzExchange _nested = new(2);
    private readonly FuzzRandom _random = new();

    public FuzzSession(FuzzShape shape)
    {
        _shape = shape;
        _world = new FuzzWorld(shape);
        _world.Interference.Act = Interfere;
        _generator = new FuzzGenerator(_model);
        _oracle = new FuzzOracle(_world, _model);
    }

    /// <summary>The request that is, or was last, served.</summary>
    public FuzzExchange Request => _request;

    /// <summary>The longest time that a request took.</summary>
    public TimeSpan Longest { get; private set; }

    /// <summary>
    /// The bytes that the last request allocated on the managed heap. The runtime allocates, too, at moments of its
    /// own: who sees some here must see whether they are there again.
    /// </summary>
    public long Allocated { get; private set; }

    /// <summary>
    /// Whether the last request took long. The machine may have had other things to do, so see whether it does again.
    /// </summary>
    public bool IsSlow { get; private set; }

    /// <summary>Serves the next request, and looks at what came of it.</summary>
    /// <param name="number">Its number, from 0.</param>
    /// <param name="thorough">Whether everything is looked at; else most of it, and everything now and then.</param>
    /// <returns>What is wrong, or null.</returns>
    public string? Step(long number, bool thorough)
    {
        Allocated = 0;
        IsSlow = false;
        _generator.Fill(_request, _shape.Seed, number);
        _random.Start(_shape.Seed + 1, number);
        _world.Interference.Start(_shape.Seed, number);
        _world.Network.Start(_shape.Seed, number);
        _world.Device.MemoryError = _random.OneIn(10_000) ? Errno.ENOMEM : 0;
        _world.Interference.IsOn = _request.IsHostile;
        Serve(_request, _random.Below(Slots));
        _world.Interference.IsOn = false;
        CheckCounts();
        if (thorough || number % MemoryInterval == 0)
        {
            _oracle.JudgeAllMemory();
        }

        if ((thorough || number % DirectoryInterval == 0) && _world.Directory.FindEscape() is string escape)
        {
            _world.Faults.Add(escape);
        }

        return _world.Faults.Any ? _world.Faults.ToString() : null;
    }

    public void Dispose() => _world.Dispose();

    private void Serve(FuzzExchange request, int slot)
    {
        Span<FuzzReference> seen = new FuzzReference[request.Count];
        _oracle.Look(request, seen);
        long messages = _world.Log.Count;
        int lookups = _world.Network.Lookups;
        int registrations = _world.Device.Registrations;
        long exempted = _world.Interference.Exempted;
        RpcSlot place = _world.GetSlot(slot);
        _world.Device.Post(request);
        long start = Stopwatch.GetTimestamp();
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        if (_world.Channel.Receive(place, out RpcFrame frame) == Errno.Success)
        {
            _world.Statistics.Begin();
            _world.Dispatcher.Serve(place, frame);
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated - (_world.Interference.Exempted - exempted);
        TimeSpan duration = Stopwatch.GetElapsedTime(start);
        _oracle.Judge(request, seen);
        if (duration > Longest)
        {
            Longest = duration;
        }

        // A name is looked up on a new thread: how long that takes to begin is the machine's matter.
        IsSlow |= duration > LongestRequest && lookups == _world.Network.Lookups;

        // A message may be made of new text; a name is looked up on a new thread.
        bool mayAllocate = messages != _world.Log.Count || lookups != _world.Network.Lookups
            || registrations != _world.Device.Registrations;
        if (allocated != 0 && !mayAllocate && !IsFirstUse(request))
        {
            Allocated += allocated;
        }
    }

    private static bool IsFirstUse(FuzzExchange request) => Allocations.AddOrUpdate(
        (request.Function, request.Operation, request.Result), 1, static (_, count) => count + 1) <= FreeAllocations;

    /// <summary>What is alive is what the secure world has, and no more.</summary>
    private void CheckCounts()
    {
        Require(_world.Handles.OpenCount, _model.Files.Count, "files are open");
        Require(_world.Sockets.OpenCount, _model.Sockets.Count, "sockets are in the table");
        Require(_world.Network.OpenCount, _model.Sockets.Count, "sockets have a descriptor");
        Require(_world.Table.LiveCount, _model.Memory.Count, "objects of shared memory live");
        Require(_world.Device.LargeObjects, _model.CountLargeMemory(), "large objects of shared memory are registered");
        Require(_world.Sockets.WaitCount, 0, "threads wait for peers");
        Require(_world.Memory.Pins, 0, "objects are pinned");
        Require(_world.Statistics.InFlight, 0, "requests are in flight");
        Require(_world.Statistics.Exceptions, 0, "exceptions were caught");
        Require(_world.Statistics.Rejected, 0, "answers were rejected");
        if (_world.Files.OpenCount > _model.Files.Count + OtherDescriptors)
        {
            _world.Faults.Add(
                $"{_world.Files.OpenCount} descriptors are open for {_model.Files.Count} files of the secure world");
        }
    }

    private void Require(long actual, long expected, string what)
    {
        if (actual != expected)
        {
            _world.Faults.Add($"{actual} {what}, not {expected}");
        }
    }

    /// <summary>During a system call of a hostile request.</summary>
    private void Interfere(string call, FuzzRandom random)
    {
        int choice = random.Below(8);
        if (choice < 4 && _request.Count > 0)
        {
            TeeParameter parameter = _request.Sent[random.Below(_request.Count)];
            FuzzMemory? memory = _model.FindMemory(parameter.C);
            if (memory is not null)
            {
                Scribble(memory, parameter, random);
                if (choice == 0 && _world.Device.NumbersRequests)
                {
                    _nested.Begin(RpcFunction.SharedMemoryFree);
                    _nested.Add(TeeParameterType.ValueInOut, 0, parameter.C);
                    Serve(_nested, NestedSlot);
                }
            }
        }
        else if (choice == 4 && _world.Device.NumbersRequests && call is "poll" or "send" or "recv" or "connect")
        {
            TeeParameter parameter = _request.Sent[0];
            _nested.Begin(RpcFunction.Socket);
            _nested.IsValid = false;
            ulong operation = (ulong)(random.OneIn(2) ? SocketOperation.Close : SocketOperation.CloseAll);
            _nested.Add(TeeParameterType.ValueInput, operation, parameter.B, parameter.C);
            Serve(_nested, NestedSlot);
        }
    }

    private static void Scribble(FuzzMemory memory, TeeParameter parameter, FuzzRandom random)
    {
        int start = (int)Math.Min(parameter.A, (ulong)memory.Length - 1);
        int length = (int)Math.Min(parameter.B, (ulong)(memory.Length - start));
        for (int left = Math.Min(length, 8); left > 0; left--)
        {
            byte value = random.OneIn(3) ? (byte)'/' : random.OneIn(2) ? (byte)0 : (byte)random.Next();
            memory.Write(start + random.Below(length), value);
        }
    }
}
