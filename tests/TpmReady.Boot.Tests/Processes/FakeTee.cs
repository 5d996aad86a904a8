// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net.Sockets;
using System.Text;

namespace TpmReady.Boot.Tests.Processes;

/// <summary>
/// What a supplicant's process needs to believe in a TEE: a preloaded library in place of the kernel's driver, a
/// directory for everything, and a service manager that listens.
/// </summary>
/// <remarks>Only the native executable binds libc when it is linked, and so can be preloaded.</remarks>
internal sealed class FakeTee : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tpmready-test-").FullName;
    private readonly Socket _manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified)
    {
        ReceiveTimeout = 20_000,
    };

    public FakeTee()
    {
        Directory.CreateDirectory(PluginDirectory);
        Compile("fake-tee.c", Path.Combine(_directory, "fake-tee.so"), "-ldl");
        _manager.Bind(new UnixDomainSocketEndPoint(Path.Combine(_directory, "notify")));
        Environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["LD_PRELOAD"] = Path.Combine(_directory, "fake-tee.so"),
            ["NOTIFY_SOCKET"] = Path.Combine(_directory, "notify"),
            ["FAKE_TEE_LOG"] = AnswerLog,
        };
    }

    /// <summary>For the process.</summary>
    public Dictionary<string, string> Environment { get; }

    /// <summary>The command line that serves this TEE.</summary>
    public string CommandLine => $"tee-supplicant -f {_directory}/store -p {PluginDirectory}";

    private string PluginDirectory => Path.Combine(_directory, "plugins");

    private string AnswerLog => Path.Combine(_directory, "answers");

    /// <summary>The answers to the secure world so far.</summary>
    public string Answers => File.Exists(AnswerLog) ? File.ReadAllText(AnswerLog) : "";

    /// <summary>The secure world will send one request, which takes so long.</summary>
    public void AddSlowRequest(int seconds)
    {
        Compile("slow-plugin.c", Path.Combine(PluginDirectory, "slow.plugin"));
        Environment["SLOW_PLUGIN_SECONDS"] = $"{seconds}";
        Environment["FAKE_TEE_REQUEST"] = "1";
    }

    /// <summary>Waits for the service manager's next message that begins so.</summary>
    public string WaitForMessage(string start)
    {
        byte[] buffer = new byte[1000];
        while (true)
        {
            string message = Encoding.UTF8.GetString(buffer, 0, _manager.Receive(buffer));
            if (message.StartsWith(start, StringComparison.Ordinal))
            {
                return message;
            }
        }
    }

    public void Dispose()
    {
        _manager.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static void Compile(string source, string target, params string[] libraries)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Processes", source);
        using Process compiler = Process.Start(
            "gcc", ["-Wall", "-Werror", "-shared", "-fPIC", "-o", target, path, .. libraries]);
        compiler.WaitForExit();
        if (compiler.ExitCode != 0)
        {
            throw new InvalidOperationException($"gcc cannot compile {source}.");
        }
    }
}
