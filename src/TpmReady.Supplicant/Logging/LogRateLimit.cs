// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Logging;

/// <summary>
/// Keeps a repeated message from flooding the log: the secure world and its clients decide how often most messages
/// occur. Pure, but for what it remembers; the clock is the caller's.
/// </summary>
internal sealed class LogRateLimit
{
    /// <summary>How often one message may be written in a window.</summary>
    public const int Burst = 10;

    /// <summary>The length of a window in milliseconds.</summary>
    public const long WindowMilliseconds = 10_000;

    // Messages that share a place drive each other out, which only lets more through.
    private const int Places = 64;

    private readonly Place[] _places = new Place[Places];

    /// <summary>Whether a message may be written now.</summary>
    /// <param name="hash">Stands for the message's text.</param>
    /// <param name="now">A monotonic clock in milliseconds.</param>
    /// <param name="suppressed">How many of its kind were left out before this one.</param>
    public bool Allows(int hash, long now, out int suppressed)
    {
        ref Place place = ref _places[(uint)hash % Places];
        suppressed = 0;
        if (place.Hash != hash || now - place.Since >= WindowMilliseconds)
        {
            suppressed = place.Hash == hash ? place.Suppressed : 0;
            place = new Place { Hash = hash, Since = now, Count = 1 };
            return true;
        }

        if (place.Count < Burst)
        {
            place.Count++;
            return true;
        }

        place.Suppressed++;
        return false;
    }

    private struct Place
    {
        public int Hash;
        public long Since;
        public int Count;
        public int Suppressed;
    }
}
