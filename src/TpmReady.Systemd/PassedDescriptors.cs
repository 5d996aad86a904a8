// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using TpmReady.Linux.Interop;

namespace TpmReady.Systemd;

/// <summary>The descriptors that the service manager passed at start (sd_listen_fds_with_names(3)).</summary>
public static class PassedDescriptors
{
    private const int First = 3;
    private const int Most = 8192;

    /// <summary>
    /// Reads which there are, from LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES, and marks them close-on-exec.
    /// </summary>
    /// <param name="variable">Reads an environment variable.</param>
    /// <param name="processId">This process's number.</param>
    /// <returns>Names and descriptors in their order; empty if there are none, or if they are another process's.</returns>
    public static IReadOnlyList<(string Name, int Descriptor)> Read(Func<string, string?> variable, int processId)
    {
        if (!TryParse(variable("LISTEN_PID"), out int pid) || pid != processId
            || !TryParse(variable("LISTEN_FDS"), out int count) || count is < 1 or > Most)
        {
            return [];
        }

        string[] names = variable("LISTEN_FDNAMES")?.Split(':') ?? [];
        var passed = new (string Name, int Descriptor)[count];
        for (int i = 0; i < count; i++)
        {
            passed[i] = (i < names.Length ? names[i] : "unknown", First + i);
            _ = Libc.Fcntl(First + i, Libc.F_SETFD, Libc.FD_CLOEXEC);
        }

        return passed;
    }

    private static bool TryParse(string? text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
