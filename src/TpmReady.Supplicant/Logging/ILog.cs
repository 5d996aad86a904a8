// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Logging;

/// <summary>Where the supplicant's messages go.</summary>
/// <remarks>
/// Formatting allocates, and serving a request must not: ask <see cref="IsEnabled"/> before you build a message
/// on the request path.
/// </remarks>
public interface ILog
{
    /// <summary>Whether a message of this level would be written.</summary>
    bool IsEnabled(LogLevel level);

    /// <summary>Writes one message. Never throws.</summary>
    void Write(LogLevel level, string message);
}
