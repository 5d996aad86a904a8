// SPDX-License-Identifier: MIT

using System;
using System.IO;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>An empty directory that is gone after the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    /// <summary>Its absolute path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("tpmready-test-").FullName;

    /// <summary>A path inside.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
