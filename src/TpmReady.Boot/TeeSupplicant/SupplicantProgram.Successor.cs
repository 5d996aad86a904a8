// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Handover.Succession;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Server;
using TpmReady.Supplicant.SharedMemory;
using TpmReady.Supplicant.Sockets;
using TpmReady.Supplicant.Storage;
using TpmReady.Systemd;

namespace TpmReady.Boot.TeeSupplicant;

/// <content>
/// How this process takes over from a running supplicant: everything that lasts comes first, while the other one still
/// serves.
/// </content>
internal sealed unsafe partial class SupplicantProgram
{
    private bool? _predecessorKeeps;

    private int Follow(int process, StopSignals signals)
    {
        // Not the main process yet: the service manager would not believe a word.
        _notifier = new ServiceNotifier(null);
        if (!Successor.TryMeet(process, out Successor? successor, out string? error))
        {
            return FailStart(error);
        }

        using (successor)
        {
            if (!TryPrepare(successor, out ITeeDevice? device, out StateArena? arena, out error)
                || !successor.TryTakeOver(out error)
                || !TryAdopt(successor, device, arena, signals, out Serving? serving, out error))
            {
                successor.Refuse(error);
                return FailStart(error);
            }

            successor.SayServing();
            ReportSuccession(process, successor, serving);
            BecomeMain(successor, serving.Server);
            return Serve(serving, signals);
        }
    }

    /// <summary>Loads and opens everything that can be without touching what the predecessor uses.</summary>
    private bool TryPrepare(
        Successor successor,
        [NotNullWhen(true)] out ITeeDevice? device,
        [NotNullWhen(true)] out StateArena? arena,
        [NotNullWhen(false)] out string? error)
    {
        SuccessionOffer offer = successor.Offer;
        _notifyAddress = offer.NotifyAddress;
        _predecessorKeeps = offer.KeepsDescriptors;
        _kept = successor.GetPassed();
        device = null;
        if (!StateArena.TryAdopt(_kept.Arena, out arena, out error) || !IsSameStorage(offer.Storage, out error))
        {
            return false;
        }

        int result = TeeDevice.Adopt(_kept.Device, out _node);
        if (_node is null)
        {
            error = $"what was passed as the device is none: {Errno.Name(result)}";
            return false;
        }

        CreateLastingServices();
        device = Record(_node);
        if (KeepsState)
        {
            OpenStore();
            _keeper?.Hold();
        }

        OpenDoor();
        CloseCage();
        return true;
    }

    /// <summary>In another directory there is no index, and the secure world would begin a new store.</summary>
    private bool IsSameStorage(string offered, [NotNullWhen(false)] out string? error)
    {
        string own = IdentifyStorage();
        bool isSame = offered.Length == 0 || string.Equals(own, offered, StringComparison.Ordinal);
        error = isSame ? null
            : !_options.ServesFileSystem ? "the running supplicant stores files, and this one would not"
            : $"{_options.StoragePath} is not the directory that the running supplicant stores files in";
        return isSame;
    }

    /// <summary>In the pause, so it must be quick: takes the state and serves.</summary>
    private bool TryAdopt(
        Successor successor,
        ITeeDevice device,
        StateArena arena,
        StopSignals signals,
        [NotNullWhen(true)] out Serving? serving,
        [NotNullWhen(false)] out string? error)
    {
        serving = null;
        _kept = successor.GetPassed();
        if (!TryClaim(arena, out error) || !TryGetMemory(device, arena, out SharedMemoryTable? memory, out error))
        {
            return false;
        }

        List<IRpcService> services = [.. CreateStorage(arena), .. _lasting];
        if (_storage is not null)
        {
            _storage.Knowledge = StorageKnowledge.Parse(successor.Word);
        }

        foreach (PassedSocket socket in successor.Sockets)
        {
            _sockets?.Adopt(socket);
        }

        _beginRecording?.Invoke(memory);
        SupplicantServer server = CreateServer(device, arena, memory, services, signals);
        Succeed(server, memory);
        server.Start();
        serving = new Serving(device, arena, memory, server);
        return true;
    }

    private void ReportSuccession(int process, Successor successor, Serving serving)
    {
        long end = serving.Server.ArmedSince;
        double pause = Stopwatch.GetElapsedTime(successor.PausedSince, end).TotalMilliseconds;
        double own = Stopwatch.GetElapsedTime(successor.QuietSince, end).TotalMilliseconds;
        _log.Write(
            LogLevel.Notice,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Took over from process {process}: nobody received for {pause:0.00} ms, of which {own:0.00} ms after the "
                + $"requests in hand were answered; "
                + $"{serving.Memory.LiveCount} buffers, {_handles?.OpenCount ?? 0} files and "
                + $"{_sockets?.OpenCount ?? 0} sockets are in use."));
        if (_sockets is null && successor.Sockets.Count > 0)
        {
            _log.Write(LogLevel.Warning, $"{successor.Sockets.Count} sockets of TAs end: there is no network any more.");
        }
    }

    /// <summary>What the service manager has to know was held back until it listens to this process.</summary>
    private void BecomeMain(Successor successor, SupplicantServer server)
    {
        if (!successor.AwaitMain())
        {
            _log.Write(LogLevel.Warning, "The predecessor ended before the service manager knew of this process.");
        }

        _notifier = new ServiceNotifier(_notifyAddress);
        _keeper?.Release();
        BecomeReady(server);
    }
}
