// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Handover.Succession;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Server;
using TpmReady.Supplicant.SharedMemory;
using TpmReady.Supplicant.Storage;
using TpmReady.Systemd;

namespace TpmReady.Boot.TeeSupplicant;

/// <content>How this process lets a successor in, and leaves.</content>
internal sealed unsafe partial class SupplicantProgram
{
    // PID 1 may be busy, or itself wait for the TPM; nobody but this process waits for it now.
    private static readonly TimeSpan ManagerPatience = TimeSpan.FromSeconds(10);

    private SuccessionDoor? _door;
    private Visitor? _visitor;
    private string? _lastRefusal;

    /// <summary>Before the cage is closed: no socket can be bound afterwards.</summary>
    private void OpenDoor()
    {
        if (_options.Handover == false)
        {
            return;
        }

        int error = SuccessionDoor.Open(out _door);
        if (error != Errno.Success)
        {
            _log.Write(LogLevel.Warning, $"No successor can take over from this process: {Errno.Name(error)}.");
        }
    }

    private void AwaitVisitors(AutoResetEvent came)
    {
        if (_door is not SuccessionDoor door)
        {
            return;
        }

        const int stackSize = 64 << 10;
        try
        {
            new Thread(() => AwaitVisitors(door, came), stackSize) { IsBackground = true, Name = "door" }.Start();
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            // Who knocks learns it by the closed door.
            _door = null;
            door.Dispose();
            _log.Write(LogLevel.Warning, "No successor can take over from this process: no thread can be made.");
        }
    }

    private void AwaitVisitors(SuccessionDoor door, AutoResetEvent came)
    {
        int error = door.Accept(out SuccessionChannel? channel, out int process);
        while (channel is not null)
        {
            if (Interlocked.CompareExchange(ref _visitor, new Visitor(channel, process), null) is not null)
            {
                _ = channel.Send($"{SuccessionWords.Refused} another successor is just taking over");
                channel.Dispose();
            }

            came.Set();
            error = door.Accept(out channel, out process);
        }

        _log.Write(LogLevel.Warning, $"No successor can take over from this process any more: {Errno.Name(error)}.");
    }

    /// <summary>Hands over to a visitor, if that is possible.</summary>
    private SuccessionOutcome Receive(Visitor visitor, Serving serving, CancellationToken stopped)
    {
        using SuccessionChannel channel = visitor.Channel;
        if (_recorder is not null || _node is null)
        {
            // The recording would end in the middle, and look whole.
            Refuse(visitor, "requests are being recorded", serving);
            _ = channel.Send($"{SuccessionWords.Refused} requests are being recorded: restart the supplicant instead");
            return SuccessionOutcome.Kept;
        }

        _log.Write(LogLevel.Info, $"Process {visitor.Process} wants to take over.");
        Predecessor predecessor = new(channel) { OnPaused = LetGo, Sockets = _sockets };
        SuccessionOffer offer = new(_notifyAddress ?? "", _store is not null, IdentifyStorage());
        SuccessionOutcome outcome = predecessor.Run(
            offer, _node.Descriptor, serving.Arena, serving.Memory, serving.Server, stopped);
        if (outcome == SuccessionOutcome.HandedOver)
        {
            Leave(visitor);
            _log.Write(LogLevel.Info, $"Process {visitor.Process} has taken over.");
        }
        else
        {
            Refuse(visitor, predecessor.Reason, serving);
        }

        return outcome;
    }

    private void Refuse(Visitor visitor, string reason, Serving serving)
    {
        _lastRefusal = reason;
        _log.Write(
            LogLevel.Error, $"Process {visitor.Process} does not take over: {reason}. This process goes on serving.");
        _notifier.Status(DescribeStatus(serving.Server.Statistics));
    }

    private string LetGo()
    {
        foreach (IRpcService service in _lasting)
        {
            service.LetGo();
        }

        return _storage?.Knowledge.ToString() ?? "";
    }

    private string IdentifyStorage() => _options.ServesFileSystem ? StorageRoot.Identify() : "";

    /// <summary>
    /// The successor serves: it becomes the main process before this one ends, else the end would count as the service's.
    /// </summary>
    private void Leave(Visitor visitor)
    {
        if (_notifier.IsActive)
        {
            _notifier.MainProcess(visitor.Process);
            using DescriptorStore? manager = DescriptorStore.Open(_notifyAddress);
            int error = manager?.Barrier(ManagerPatience) ?? Errno.Success;
            if (error != Errno.Success)
            {
                _log.Write(
                    LogLevel.Warning, $"The service manager may not know its new main process: {Errno.Name(error)}.");
            }
        }

        _ = visitor.Channel.Send(SuccessionWords.Main);
    }

    /// <summary>
    /// The successor died with the state in its hands. What it did stands in the arena, and this process goes on from
    /// there as the next one would.
    /// </summary>
    private Serving TakeBack(Serving serving, StopSignals signals)
    {
        foreach (int descriptor in _handles?.TakeDescriptors() ?? [])
        {
            _ = Libc.Close(descriptor);
        }

        StorageKnowledge? knowledge = _storage?.Knowledge;
        List<IRpcService> services = [.. CreateStorage(serving.Arena), .. _lasting];
        if (_storage is not null && knowledge is StorageKnowledge known)
        {
            _storage.Knowledge = known;
        }

        if (!SharedMemoryTable.TryAdopt(
            serving.Device,
            serving.Arena,
            LimitsOf(serving.Arena),
            _keeper,
            serving.Memory.Descriptors,
            out SharedMemoryTable? memory,
            out string? error))
        {
            // The table was sound a moment ago. The service manager starts the next one.
            throw new InvalidOperationException(error);
        }

        SupplicantServer server = CreateServer(serving.Device, serving.Arena, memory, services, signals);
        _ = server.Succeed(memory);
        server.Start();
        return serving with { Memory = memory, Server = server };
    }
}
