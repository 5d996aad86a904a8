// SPDX-License-Identifier: MIT

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace TpmReady.Initrd.Tests;

/// <summary>An initrd that the real program of a Debian suite has made, unpacked.</summary>
internal sealed class Initrd
{
    // One build serves all tests that look at the same initrd.
    private static readonly ConcurrentDictionary<(string, string, string), Lazy<Task<Initrd>>> Built = new();
    private static readonly Lazy<string> Folder = new(MakeFolder);
    private static int _count;

    private Initrd(string folder, int status)
    {
        Image = Path.Combine(folder, "image");
        Status = status;
        Log = File.ReadAllText(Path.Combine(folder, "log"));
        Files = [.. Directory.EnumerateFileSystemEntries(Image, "*", SearchOption.AllDirectories)
            .Select(path => "/" + Path.GetRelativePath(Image, path)).Order(StringComparer.Ordinal)];
    }

    /// <summary>Where it is unpacked.</summary>
    public string Image { get; }

    /// <summary>The exit status of the program that made it.</summary>
    public int Status { get; }

    /// <summary>What that program said.</summary>
    public string Log { get; }

    /// <summary>All paths in it.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>The paths that are there because of us.</summary>
    public IEnumerable<string> OurFiles => Files.Where(static path =>
        path.Contains("tpmready", StringComparison.Ordinal) || path.Contains("optee", StringComparison.Ordinal)
        || path.Contains("tee-supplicant", StringComparison.Ordinal));

    /// <summary>The lines in which we complained.</summary>
    public IEnumerable<string> Complaints => Log.Split('\n').Where(static line =>
        line.Contains("tpmready: ", StringComparison.Ordinal));

    /// <summary>Builds one; a test is skipped where that suite's packages cannot be had.</summary>
    /// <param name="suite">The Debian suite that dracut or initramfs-tools comes from.</param>
    /// <param name="program"><c>dracut</c> or <c>initramfs-tools</c>.</param>
    /// <param name="change">Shell commands that change the machine's root before, run in it.</param>
    public static Task<Initrd> BuildAsync(string suite, string program, string change = "") =>
        Built.GetOrAdd(
            (suite, program, change), static key => new(() => MakeAsync(key.Item1, key.Item2, key.Item3))).Value;

    /// <summary>Runs a program of it, in it.</summary>
    public Task<Outcome> RunAsync(params string[] command) => Outcome.OfAsync("chroot", [Image, .. command]);

    /// <summary>A file's text.</summary>
    public string Read(string path) => File.ReadAllText(Image + path);

    private static async Task<Initrd> MakeAsync(string suite, string program, string change)
    {
        Skip.Unless(Environment.IsPrivilegedProcess, "building an initrd needs root");
        Skip.Unless(File.Exists(Checkout.Binary), "run ./publish linux-x64 first");
        Outcome tools = await Outcome.OfAsync(Path.Combine(Checkout.Root, "eng", "initrd-tools"), [suite]);
        Skip.Unless(tools.Status == 0, $"no initrd tools of Debian {suite} can be had: {tools.LastLine}");

        int number = System.Threading.Interlocked.Increment(ref _count);
        string output = Path.Combine(Folder.Value, number.ToString(CultureInfo.InvariantCulture));
        string script = Path.Combine(Checkout.Root, "tests", "TpmReady.Initrd.Tests", "build-initrd");
        Outcome build = await Outcome.OfAsync(script, [suite, program, output, change]);
        if (build.Status != 0)
        {
            throw new InvalidOperationException($"{script} ended with {build.Status}: {build.Text}");
        }

        string status = await File.ReadAllTextAsync(Path.Combine(output, "status"));
        return new Initrd(output, int.Parse(status, CultureInfo.InvariantCulture));
    }

    private static string MakeFolder()
    {
        string folder = Directory.CreateTempSubdirectory("tpmready-initrd-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }
}
