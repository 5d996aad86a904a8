// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Server;
using TpmReady.Supplicant.SharedMemory;
using TpmReady.Supplicant.Sockets;

namespace TpmReady.Supplicant.Handover.Succession;

/// <summary>
/// The running supplicant's side of a succession. It serves until the successor has everything loaded and open; then it
/// pauses, gives the state away, and is done.
/// </summary>
/// <remarks>
/// At no time do two processes use the arena. Nothing here waits for the service manager while nobody receives: it may
/// itself wait for the secure world.
/// </remarks>
internal sealed class Predecessor(SuccessionChannel channel)
{
    private const int MostAttempts = 5;
    private static readonly TimeSpan LoadPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ClaimInterval = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// How long one pause may last. Requests wait meanwhile, and one in hand may even wait for one that is queued: a
    /// plug-in that uses the TEE does.
    /// </summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long requests are served between two attempts to pause.</summary>
    public TimeSpan BetweenPauses { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Called in the pause, before the state is given away: lets go what the successor will lock, and returns a word that
    /// it gets with the state.
    /// </summary>
    public Func<string>? OnPaused { get; init; }

    /// <summary>The service whose sockets go along; null for none.</summary>
    public SocketService? Sockets { get; init; }

    /// <summary>Why it did not come about, in a sentence for the log.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>Hands over.</summary>
    /// <param name="offer">What the successor must know first.</param>
    /// <param name="device">The descriptor of the open device.</param>
    /// <param name="arena">The arena, which this process has claimed.</param>
    /// <param name="memory">The shared memory.</param>
    /// <param name="server">The running server.</param>
    /// <param name="stopped">Ends the attempt while that is possible.</param>
    public SuccessionOutcome Run(
        SuccessionOffer offer,
        int device,
        StateArena arena,
        SharedMemoryTable memory,
        SupplicantServer server,
        CancellationToken stopped)
    {
        int error = channel.Send(offer.ToText(), device, arena.Descriptor);
        if (error != Errno.Success)
        {
            return Keep($"it cannot be reached: {Errno.Name(error)}");
        }

        if (!AwaitReady(stopped) || !TryPause(server, stopped))
        {
            return SuccessionOutcome.Kept;
        }

        long quietSince = Stopwatch.GetTimestamp();
        string word = OnPaused?.Invoke() ?? "";
        error = SendMemory(memory.Descriptors);
        error = error == Errno.Success ? SendSockets(Sockets?.GetOpen() ?? []) : error;
        if (error == Errno.Success)
        {
            arena.Release();
            error = channel.Send(string.Create(
                CultureInfo.InvariantCulture, $"{SuccessionWords.Go} {server.PausedSince} {quietSince} {word}"));
            if (error != Errno.Success)
            {
                // It never learned that it may.
                Claim(arena);
            }
        }

        if (error != Errno.Success)
        {
            server.Resume();
            return Keep($"it ended before it could take over: {Errno.Name(error)}");
        }

        if (AwaitServing())
        {
            return SuccessionOutcome.HandedOver;
        }

        Claim(arena);
        return SuccessionOutcome.Returned;
    }

    private SuccessionOutcome Keep(string reason)
    {
        Reason = reason;
        _ = channel.Send($"{SuccessionWords.Refused} {reason}");
        return SuccessionOutcome.Kept;
    }

    /// <summary>The successor loads and opens; requests are served meanwhile.</summary>
    private bool AwaitReady(CancellationToken stopped)
    {
        long end = Environment.TickCount64 + (long)LoadPatience.TotalMilliseconds;
        int error;
        string text;
        do
        {
            error = channel.Receive(LookInterval, out text);
        }
        while (error == Errno.ETIMEDOUT && !stopped.IsCancellationRequested && Environment.TickCount64 < end);
        if (error == Errno.Success && string.Equals(text, SuccessionWords.Ready, StringComparison.Ordinal))
        {
            return true;
        }

        _ = Keep(SuccessionWords.ReasonOf(text) ?? (error switch
        {
            Errno.EPIPE => "it ended before it was ready",
            Errno.ETIMEDOUT when stopped.IsCancellationRequested => "this process is about to stop",
            Errno.ETIMEDOUT => $"it was not ready after {LoadPatience.TotalSeconds:0} s",
            Errno.Success => $"it said '{text}'",
            _ => Errno.Name(error),
        }));
        return false;
    }

    private bool TryPause(SupplicantServer server, CancellationToken stopped)
    {
        for (int attempt = 1; ; attempt++)
        {
            if (server.TryPause(LongestPause))
            {
                return true;
            }

            int last = server.Statistics.InFlight;
            server.Resume();
            int error = channel.Receive(BetweenPauses, out string text);
            if (error != Errno.ETIMEDOUT)
            {
                _ = Keep(SuccessionWords.ReasonOf(text) ?? "it ended before it could take over");
                return false;
            }

            if (attempt == MostAttempts || stopped.IsCancellationRequested)
            {
                _ = Keep(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{last} requests in hand did not end within {LongestPause.TotalSeconds} s, {attempt} times"));
                return false;
            }
        }
    }

    private int SendMemory(IReadOnlyDictionary<int, int> memory)
    {
        foreach (KeyValuePair<int, int>[] part in memory.Chunk(SuccessionChannel.MostDescriptors))
        {
            string names = string.Join(' ', part.Select(static each => each.Key));
            int error = channel.Send(
                $"{SuccessionWords.Memory} {names}", [.. part.Select(static each => each.Value)]);
            if (error != Errno.Success)
            {
                return error;
            }
        }

        return Errno.Success;
    }

    private int SendSockets(List<PassedSocket> sockets)
    {
        int error = Errno.Success;
        for (int i = 0; i < sockets.Count && error == Errno.Success; i++)
        {
            error = channel.Send($"{SuccessionWords.Socket} {sockets[i].ToText()}", sockets[i].Descriptor);
        }

        return error;
    }

    /// <summary>
    /// Without a limit: who has the state has it until it dies. Whoever started the successor kills one that hangs.
    /// </summary>
    private bool AwaitServing()
    {
        int error;
        string text;
        do
        {
            error = channel.Receive(LookInterval, out text);
        }
        while (error == Errno.ETIMEDOUT);
        if (error == Errno.Success && string.Equals(text, SuccessionWords.Serving, StringComparison.Ordinal))
        {
            return true;
        }

        Reason = SuccessionWords.ReasonOf(text) ?? "it died as it took over";
        return false;
    }

    /// <summary>
    /// A dying process holds its claim until its last thread has left the kernel. Nobody else can want it.
    /// </summary>
    private static void Claim(StateArena arena)
    {
        while (!arena.TryClaim(out int _))
        {
            Thread.Sleep(ClaimInterval);
        }
    }
}
