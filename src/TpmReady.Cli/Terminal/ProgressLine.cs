// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;

namespace TpmReady.Cli.Terminal;

/// <summary>Says on standard error how far a long reading has come; silent for the first second and without a terminal.</summary>
internal sealed class ProgressLine(IReadOnlyList<string> files) : IDisposable
{
    private const int FirstMilliseconds = 1000;
    private const int EveryMilliseconds = 200;
    private const double Mebi = 1024 * 1024;

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly long _total = files.Sum(file => File.Exists(file) && !IsCompressed(file) ? new FileInfo(file).Length : 0);
    private long _next = FirstMilliseconds;
    private bool _shown;

    /// <summary>Says how many bytes were read.</summary>
    /// <param name="bytes">Bytes, decompressed.</param>
    public void Show(long bytes)
    {
        if (_watch.ElapsedMilliseconds < _next || Console.IsErrorRedirected)
        {
            return;
        }

        _next = _watch.ElapsedMilliseconds + EveryMilliseconds;
        _shown = true;
        string share = _total > 0 ? string.Create(CultureInfo.InvariantCulture, $", {100.0 * bytes / _total:F0} %") : "";
        double rate = bytes / Mebi / _watch.Elapsed.TotalSeconds;
        Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{bytes / Mebi:F0} MiB read{share}, {rate:F0} MiB/s\e[K"));
    }

    /// <summary>Takes the line away.</summary>
    public void Clear()
    {
        if (_shown)
        {
            Console.Error.Write("\r\e[K");
            _shown = false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    private static bool IsCompressed(string file) => Path.GetExtension(file) is ".gz" or ".zst" or ".xz";
}
