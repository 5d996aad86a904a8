// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.Handover.Succession;

/// <summary>The first words of the messages between a supplicant and its successor, in the order of their use.</summary>
internal static class SuccessionWords
{
    /// <summary>Predecessor: here are device and arena.</summary>
    public const string Offer = "offer";

    /// <summary>Successor: all is loaded and open, I only wait for you.</summary>
    public const string Ready = "ready";

    /// <summary>Predecessor: the shared memory of these names; may come several times.</summary>
    public const string Memory = "memory";

    /// <summary>Predecessor: a socket of a TA, described by what follows.</summary>
    public const string Socket = "socket";

    /// <summary>
    /// Predecessor: I hold nothing any more. Followed by when it stopped to receive, by when the requests in hand had been
    /// answered, and by what it knows of the store.
    /// </summary>
    public const string Go = "go";

    /// <summary>Successor: I serve.</summary>
    public const string Serving = "serving";

    /// <summary>Predecessor: you are the service's main process.</summary>
    public const string Main = "main";

    /// <summary>Either: it does not come about, because of what follows.</summary>
    public const string Refused = "refused";

    /// <summary>Why the other side refuses, or null if it does not.</summary>
    public static string? ReasonOf(string text) =>
        text.StartsWith(Refused + " ", StringComparison.Ordinal) ? text[(Refused.Length + 1)..] : null;
}
