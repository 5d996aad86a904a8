// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace TpmReady.Boot.Tests.Processes;

/// <summary>
/// Runs the executable: the native one if ./publish made it after the last build, else the one that was just built.
/// Either is called with its role as first argument.
/// </summary>
internal static class BootProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>The executable's path.</summary>
    public static string Path { get; } = Find();

    /// <summary>Whether it is the native one.</summary>
    public static bool IsNative { get; } = !Path.StartsWith(AppContext.BaseDirectory, StringComparison.Ordinal);

    /// <summary>Runs it to its end.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(
        string line, IReadOnlyDictionary<string, string>? environment = null) => RunAsync(Path, line, environment);

    /// <summary>Runs another build of it to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        string program, string line, IReadOnlyDictionary<string, string>? environment = null)
    {
        using Process process = StartProcess(program, line, environment);
        using CancellationTokenSource limit = new(Limit);
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
        Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException exception)
        {
            process.Kill();
            throw new TimeoutException($"tpmready-boot {line} does not end.", exception);
        }
    }

    /// <summary>Starts it.</summary>
    public static RunningProgram Start(string line, IReadOnlyDictionary<string, string>? environment = null) =>
        new(StartProcess(Path, line, environment));

    private static Process StartProcess(
        string program, string line, IReadOnlyDictionary<string, string>? environment)
    {
        ProcessStartInfo start = new(program, line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment.Remove("NOTIFY_SOCKET");
        start.Environment.Remove("JOURNAL_STREAM");
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start.");
    }

    private static string Find()
    {
        string built = System.IO.Path.Combine(AppContext.BaseDirectory, "tpmready-boot");
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(System.IO.Path.Combine(root.FullName, "tpmready.slnx")))
        {
            root = root.Parent;
        }

        string architecture =
            RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64";
        string native = System.IO.Path.Combine(root?.FullName ?? "/", "dist", architecture, "tpmready-boot");
        DateTime newest = Directory.GetFiles(AppContext.BaseDirectory, "*.dll")
            .Where(static file => System.IO.Path.GetFileName(file) is var name
                && name.StartsWith("tpmready", StringComparison.OrdinalIgnoreCase)
                && !name.Contains("Tests", StringComparison.Ordinal))
            .Max(File.GetLastWriteTimeUtc);
        return File.Exists(native) && File.GetLastWriteTimeUtc(native) > newest ? native : built;
    }
}
