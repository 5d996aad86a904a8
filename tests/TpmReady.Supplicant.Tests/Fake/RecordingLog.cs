// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using TpmReady.Supplicant.Logging;

namespace TpmReady.Supplicant.Tests.Fake;

/// <summary>Keeps messages for a test to look at.</summary>
internal sealed class RecordingLog(LogLevel level = LogLevel.Info) : ILog
{
    private readonly List<(LogLevel Level, string Message)> _messages = [];

    public bool IsEnabled(LogLevel asked) => asked <= level;

    public void Write(LogLevel written, string message)
    {
        lock (_messages)
        {
            _messages.Add((written, message));
        }
    }

    /// <summary>How many messages of this level were written.</summary>
    public int Count(LogLevel wanted)
    {
        lock (_messages)
        {
            return _messages.Count(message => message.Level == wanted);
        }
    }

    public override string ToString()
    {
        lock (_messages)
        {
            return string.Join('\n', _messages.Select(static message => $"{message.Level}: {message.Message}"));
        }
    }
}
