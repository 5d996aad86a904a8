// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Linq;
using System.Text;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Sockets;

namespace TpmReady.Supplicant.Handover.Succession;

/// <summary>The successor's side of a succession.</summary>
internal sealed class Successor : IDisposable
{
    private static readonly TimeSpan OfferPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan GoPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MainPatience = TimeSpan.FromSeconds(15);

    private readonly SuccessionChannel _channel;
    private readonly List<(string Name, int Descriptor)> _passed;
    private readonly List<PassedSocket> _sockets = [];

    /// <summary>A successor at a channel whose offer was received.</summary>
    private Successor(SuccessionChannel channel, SuccessionOffer offer, List<(string Name, int Descriptor)> passed)
    {
        _channel = channel;
        _passed = passed;
        Offer = offer;
    }

    /// <summary>What the predecessor said.</summary>
    public SuccessionOffer Offer { get; }

    /// <summary>When the predecessor stopped to receive, in Stopwatch's ticks.</summary>
    public long PausedSince { get; private set; }

    /// <summary>When the last request in its hands was answered, in the same ticks.</summary>
    public long QuietSince { get; private set; }

    /// <summary>The sockets of TAs, with <see cref="TryTakeOver"/>; the caller owns them.</summary>
    public IReadOnlyList<PassedSocket> Sockets => _sockets;

    /// <summary>The word that came with the state; empty for none.</summary>
    public string Word { get; private set; } = "";

    /// <summary>Goes to a running supplicant.</summary>
    /// <param name="process">The process.</param>
    /// <param name="successor">The successor; null on error.</param>
    /// <param name="error">Why it cannot be one, in a sentence for the log.</param>
    public static bool TryMeet(
        int process, [NotNullWhen(true)] out Successor? successor, [NotNullWhen(false)] out string? error)
    {
        successor = null;
        int result = SuccessionDoor.Knock(process, out SuccessionChannel? channel);
        if (channel is null)
        {
            error = $"process {process} is no supplicant that can be followed: {Errno.Name(result)}";
            return false;
        }

        return TryMeet(channel, out successor, out error);
    }

    /// <summary>Listens to what is offered at a channel, which the successor owns on success.</summary>
    public static bool TryMeet(
        SuccessionChannel channel,
        [NotNullWhen(true)] out Successor? successor,
        [NotNullWhen(false)] out string? error)
    {
        successor = null;
        List<int> descriptors = [];
        int result = channel.Receive(OfferPatience, out string text, descriptors);
        SuccessionOffer? offer = null;
        error = result != Errno.Success
            ? $"the running supplicant does not answer: {Errno.Name(result)}"
            : SuccessionOffer.Parse(text, out offer);
        if (error is null && descriptors.Count != 2)
        {
            error = "the running supplicant did not pass a device and an arena";
        }

        if (error is not null || offer is null)
        {
            descriptors.ForEach(static each => _ = Libc.Close(each));
            channel.Dispose();
            error ??= "nothing was offered";
            return false;
        }

        successor = new Successor(
            channel,
            offer,
            [
                (Encoding.UTF8.GetString(KeptDescriptors.DeviceName), descriptors[0]),
                (Encoding.UTF8.GetString(KeptDescriptors.ArenaName), descriptors[1]),
            ]);
        return true;
    }

    /// <summary>What was passed so far: device and arena, and with <see cref="TryTakeOver"/> the shared memory.</summary>
    public KeptDescriptors GetPassed() =>
        KeptDescriptors.TryRead(_passed, out KeptDescriptors? kept, out string? error)
            ? kept
            : throw new InvalidOperationException(error);

    /// <summary>Says that everything is loaded and open, and waits until the predecessor has let go.</summary>
    /// <param name="error">Why it did not, in a sentence for the log.</param>
    public bool TryTakeOver([NotNullWhen(false)] out string? error)
    {
        int result = _channel.Send(SuccessionWords.Ready);
        while (result == Errno.Success)
        {
            List<int> descriptors = [];
            result = _channel.Receive(GoPatience, out string text, descriptors);
            string[] words = text.Split(' ');
            switch (result == Errno.Success ? words[0] : "")
            {
                case SuccessionWords.Memory when words.Length == descriptors.Count + 1:
                    _passed.AddRange(words.Skip(1).Zip(descriptors, static (id, descriptor) =>
                        (Encoding.UTF8.GetString(KeptDescriptors.MemoryName) + id, descriptor)));
                    continue;
                case SuccessionWords.Socket when descriptors.Count == 1
                    && PassedSocket.TryParse(words.AsSpan(1), descriptors[0], out PassedSocket socket):
                    _sockets.Add(socket);
                    continue;
                case SuccessionWords.Go when words.Length == 4
                    && TryParse(words[1], out long paused) && TryParse(words[2], out long quiet):
                    PausedSince = paused;
                    QuietSince = quiet;
                    Word = words[3];
                    error = null;
                    return true;
                case "":
                    break;
                default:
                    error = SuccessionWords.ReasonOf(text) ?? $"the running supplicant said '{text}'";
                    return false;
            }
        }

        error = result == Errno.ETIMEDOUT
            ? "the running supplicant did not let go"
            : $"the running supplicant is gone: {Errno.Name(result)}";
        return false;
    }

    /// <summary>Says that requests are served.</summary>
    public void SayServing() => _ = _channel.Send(SuccessionWords.Serving);

    /// <summary>Waits until this is the service's main process; nobody else waits for that.</summary>
    /// <returns>False if the predecessor died before it could see to that, or takes too long.</returns>
    public bool AwaitMain() =>
        _channel.Receive(MainPatience, out string text) == Errno.Success
        && string.Equals(text, SuccessionWords.Main, StringComparison.Ordinal);

    /// <summary>Gives up.</summary>
    public void Refuse(string reason) => _ = _channel.Send($"{SuccessionWords.Refused} {reason}");

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();

    private static bool TryParse(string word, out long ticks) =>
        long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out ticks);
}
