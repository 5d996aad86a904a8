// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Board;

/// <summary>The board did not do what it should; the message says what it said instead.</summary>
public sealed class BoardException : Exception
{
    /// <summary>No message.</summary>
    public BoardException()
    {
    }

    /// <summary>With what happened.</summary>
    public BoardException(string message)
        : base(message)
    {
    }

    /// <summary>With what happened, and the error under it.</summary>
    public BoardException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
