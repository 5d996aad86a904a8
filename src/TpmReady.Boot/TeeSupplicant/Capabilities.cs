// SPDX-License-Identifier: MIT

using TpmReady.Supplicant.Arena;

namespace TpmReady.Boot.TeeSupplicant;

/// <summary>What this version can do, for scripts: one <c>name: words</c> a line.</summary>
internal static class Capabilities
{
    /// <summary>The program's version.</summary>
    public static string GetVersion() => typeof(Capabilities).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    /// <summary>The lines.</summary>
    public static string Describe() =>
        $"""
        version: {GetVersion()}
        arena: {ArenaHeader.ExpectedVersion}
        functions: load-ta rpmb fs shm-alloc shm-free plugin socket gprof ftrace
        fs-sync: commit strict
        sandbox: capabilities seccomp landlock
        log-target: stderr journal syslog kmsg
        notify: READY STATUS STOPPING ERRNO MAINPID

        """;
}
