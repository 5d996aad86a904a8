// SPDX-License-Identifier: MIT

using System;
using System.IO;
using SharpCompress.Common;
using ZstdSharp;

namespace TpmReady.Diagnosis.Report;

/// <summary>What can go wrong with a file and is no fault of this program.</summary>
public static class LogErrors
{
    /// <summary>Whether an exception says that a file cannot be read: it is absent, not ours, or damaged.</summary>
    /// <param name="error">The exception.</param>
    public static bool IsExpected(Exception error) =>
        error is IOException or UnauthorizedAccessException or InvalidDataException or ZstdException or SharpCompressException;
}
