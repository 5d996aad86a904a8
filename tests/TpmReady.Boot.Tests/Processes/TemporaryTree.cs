// SPDX-License-Identifier: MIT

using System;
using System.IO;

namespace TpmReady.Boot.Tests.Processes;

/// <summary>A directory with files, each given as <c>path=content</c>; gone at the end of the test.</summary>
internal sealed class TemporaryTree : IDisposable
{
    public TemporaryTree(params string[] files)
    {
        Root = Directory.CreateTempSubdirectory("tpmready-").FullName;
        foreach (string file in files)
        {
            string[] parts = file.Split('=', 2);
            string path = Path.Combine(Root, parts[0]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, parts.Length > 1 ? parts[1] : "");
        }
    }

    public string Root { get; }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
