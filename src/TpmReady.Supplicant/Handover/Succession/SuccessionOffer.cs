// SPDX-License-Identifier: MIT

using System;
using System.Globalization;

namespace TpmReady.Supplicant.Handover.Succession;

/// <summary>What a supplicant tells its successor, beside the device and the arena.</summary>
/// <param name="NotifyAddress">
/// Where the service manager listens; empty for nowhere. It tells the main process only, which the successor is not yet.
/// </param>
/// <param name="KeepsDescriptors">Whether the service manager keeps descriptors.</param>
/// <param name="Storage">
/// Which directory the secure world's files lie in, by device and inode; empty if it is not known. In another one the
/// successor would find no index, and the secure world would begin a new store.
/// </param>
internal sealed record SuccessionOffer(string NotifyAddress, bool KeepsDescriptors, string Storage)
{
    /// <summary>Changes when an older program could not follow the conversation.</summary>
    private const int Version = 1;

    /// <summary>The message.</summary>
    public string ToText() => string.Create(
        CultureInfo.InvariantCulture,
        $"{SuccessionWords.Offer} {Version}\nnotify={NotifyAddress}\nkeeps={(KeepsDescriptors ? 1 : 0)}\n"
        + $"storage={Storage}");

    /// <summary>Reads the message.</summary>
    /// <param name="text">The message.</param>
    /// <param name="offer">The offer; null if there is none.</param>
    /// <returns>Why there is none, or null.</returns>
    public static string? Parse(string text, out SuccessionOffer? offer)
    {
        offer = null;
        string[] lines = text.Split('\n');
        if (SuccessionWords.ReasonOf(text) is string reason)
        {
            return reason;
        }

        if (!string.Equals(
            lines[0],
            string.Create(CultureInfo.InvariantCulture, $"{SuccessionWords.Offer} {Version}"),
            StringComparison.Ordinal))
        {
            return $"the running supplicant speaks another language: {lines[0]}";
        }

        offer = new SuccessionOffer(
            ValueOf(lines, "notify="),
            string.Equals(ValueOf(lines, "keeps="), "1", StringComparison.Ordinal),
            ValueOf(lines, "storage="));
        return null;
    }

    private static string ValueOf(string[] lines, string name)
    {
        string? line = Array.Find(lines, line => line.StartsWith(name, StringComparison.Ordinal));
        return line is null ? "" : line[name.Length..];
    }
}
