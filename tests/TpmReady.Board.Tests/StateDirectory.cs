// SPDX-License-Identifier: MIT

using System;
using System.IO;

namespace TpmReady.Board.Tests;

/// <summary>A board's disks and TPM state, kept through the boots of one test.</summary>
internal sealed class StateDirectory : IDisposable
{
    /// <summary>Where it is.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("tpmready-state-").FullName;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
