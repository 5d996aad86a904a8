// SPDX-License-Identifier: MIT

using System;
using System.Globalization;

namespace TpmReady.Supplicant.Storage;

/// <summary>
/// What this side has learned of the index, which no file says: it decides whether a request to remove the index or an
/// object is obeyed. A successor is told; after a crash it begins without.
/// </summary>
/// <param name="IndexFailed">A request on the index failed here: the file may be good though the secure world thinks not.</param>
/// <param name="IndexCommitted">The secure world has written the index and knows that it did.</param>
/// <param name="KeepsObjects">The last commit failed here: the valid index may name what is asked to be removed.</param>
/// <param name="IndexHandle">The handle of the open index, or 0.</param>
internal readonly record struct StorageKnowledge(
    bool IndexFailed, bool IndexCommitted, bool KeepsObjects, ulong IndexHandle)
{
    /// <summary>One word.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(IndexFailed ? 1 : 0)}:{(IndexCommitted ? 1 : 0)}:{(KeepsObjects ? 1 : 0)}:{IndexHandle}");

    /// <summary>Reads the word; what cannot be read is nothing known.</summary>
    public static StorageKnowledge Parse(string word)
    {
        string[] parts = word.Split(':');
        return parts.Length == 4
            && ulong.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out ulong handle)
            ? new StorageKnowledge(IsSet(parts[0]), IsSet(parts[1]), IsSet(parts[2]), handle)
            : default;
    }

    private static bool IsSet(string part) => string.Equals(part, "1", StringComparison.Ordinal);
}
