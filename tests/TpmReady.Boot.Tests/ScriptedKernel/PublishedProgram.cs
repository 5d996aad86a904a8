// SPDX-License-Identifier: MIT

using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using TpmReady.Boot.Tests.Processes;

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>Both published programs: where they are, what is compiled for them, and why one cannot be run.</summary>
internal static class PublishedProgram
{
    private static readonly Lazy<(string Path, string? Absence)> CPath = new(FindC);
    private static readonly ConcurrentDictionary<string, Lazy<string>> Compiled = new(StringComparer.Ordinal);

    /// <summary>The repository's directory.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Why a program cannot be run here; null if it can.</summary>
    public static string? Absence(Daemon daemon) => daemon switch
    {
        Daemon.C => CPath.Value.Absence,
        _ when !BootProgram.IsNative => "run ./publish first: only the native executable can be preloaded",
        _ => null,
    };

    /// <summary>The program, its first arguments included.</summary>
    public static string[] Command(Daemon daemon) =>
        daemon == Daemon.C ? [CPath.Value.Path] : [BootProgram.Path, "tee-supplicant"];

    /// <summary>Another build of our program, made if it is not there: eng/other-build says which there are.</summary>
    public static string OtherBuild(string kind) => Compiled.GetOrAdd(kind, static kind => new Lazy<string>(() =>
    {
        string architecture =
            RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64";
        (int code, string output, string error) = Run(Path.Combine(Repository, "eng", "other-build"), kind, architecture);
        return code == 0 ? output : throw new InvalidOperationException($"eng/other-build {kind}: {error}");
    })).Value;

    /// <summary>Compiles a shared object for a program, once.</summary>
    /// <param name="daemon">Which program.</param>
    /// <param name="source">The source file, in ScriptedKernel.</param>
    /// <returns>The path of the shared object.</returns>
    public static string Compile(Daemon daemon, string source)
    {
        string name = $"{Path.GetFileNameWithoutExtension(source)}-{daemon}.so";
        string target = Path.Combine(AppContext.BaseDirectory, name);
        return Compiled.GetOrAdd(target, _ => new Lazy<string>(() => Make(daemon, source, target))).Value;
    }

    /// <summary>Compiles the service manager that keeps descriptors, once.</summary>
    public static string CompileKeeper()
    {
        string target = Path.Combine(AppContext.BaseDirectory, "keeper");
        return Compiled.GetOrAdd(target, _ => new Lazy<string>(() =>
        {
            string source = Path.Combine(AppContext.BaseDirectory, "ScriptedKernel", "keeper.c");
            (int code, string output, string error) = Run("cc", "-Wall", "-Werror", "-O1", "-o", target, source);
            return code == 0 ? target : throw new InvalidOperationException($"keeper.c: {output}{error}");
        })).Value;
    }

    private static string Make(Daemon daemon, string source, string target)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "ScriptedKernel", source);
        (int code, string output, string error) = daemon == Daemon.C
            ? Script("shim", path, target)
            : Run("cc", "-Wall", "-Werror", "-O1", "-fPIC", "-shared", "-pthread", "-o", target, path, "-ldl");
        return code == 0 ? target : throw new InvalidOperationException($"{source} for {daemon}: {output}{error}");
    }

    private static (string Path, string? Absence) FindC()
    {
        (int code, string output, string error) = Script("path");
        string reason = error.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? $"status {code}";
        if (code != 0)
        {
            return ("", $"Debian's tee-supplicant cannot be had: {reason}");
        }

        try
        {
            // What it is linked against comes from a mirror, too.
            _ = Compile(Daemon.C, "shim.c");
            return (output, null);
        }
        catch (InvalidOperationException exception)
        {
            return ("", $"nothing can be compiled for Debian's tee-supplicant: {exception.Message}");
        }
    }

    private static (int Code, string Output, string Error) Script(params string[] arguments)
    {
        string script = Path.Combine(Repository, "eng", "c-supplicant");
        return File.Exists(script) ? Run(script, arguments) : (1, "", "not in a checkout of the repository");
    }

    private static string FindRepository()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "tpmready.slnx")))
        {
            root = root.Parent;
        }

        return root?.FullName ?? "/";
    }

    private static (int Code, string Output, string Error) Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using Process process =
            Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start.");
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
