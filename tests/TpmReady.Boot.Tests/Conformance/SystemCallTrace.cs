// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace TpmReady.Boot.Tests.Conformance;

/// <summary>
/// Which system calls a program made for each request, from what strace wrote, or QEMU's user emulation for the C daemon.
/// </summary>
internal static partial class SystemCallTrace
{
    // Of shim.c.
    private const int Waiting = -5;
    private const int Received = -6;
    private const int FirstDescriptor = 600;

    // Locks: how often a thread meets another is chance. The time: on Linux the vDSO tells it, but not to QEMU's guests.
    private static readonly string[] Noise = ["futex", "gettid", "clock_gettime"];

    /// <summary>
    /// The calls of the thread that served a request, from the moment it had it to the moment it waited for the next. What
    /// shim.c does itself is left out; the copy of a descriptor that it makes stands for TEE_IOC_SHM_REGISTER.
    /// </summary>
    /// <returns>One list for each request, in the order in which they were received.</returns>
    public static IReadOnlyList<IReadOnlyList<string>> Read(string path)
    {
        List<List<string>> requests = [];
        Dictionary<string, List<string>> serving = new(StringComparer.Ordinal);
        foreach (Match match in Call().Matches(File.ReadAllText(path)))
        {
            string thread = match.Groups["thread"].Value;
            string name = match.Groups["name"].Value;
            _ = int.TryParse(match.Groups["first"].Value, CultureInfo.InvariantCulture, out int first);
            bool isMark = first < 0 && string.Equals(name, "lseek", StringComparison.Ordinal);
            if (isMark && first == Received)
            {
                requests.Add(serving[thread] = []);
            }
            else if (isMark && first == Waiting)
            {
                serving.Remove(thread);
            }
            else if (!isMark
                && first < FirstDescriptor
                && !Noise.Contains(name, StringComparer.Ordinal)
                && serving.TryGetValue(thread, out List<string>? calls))
            {
                calls.Add(match.Groups["registers"].Success ? "ioctl" : name);
            }
        }

        return requests;
    }

    // Several may be in a line: QEMU writes what a call returns only when it does.
    [GeneratedRegex(
        @"\b(?<thread>\d+) +(?<name>[a-z_0-9]+)\((?<first>-?\d*)(?<registers>, ?F_DUPFD,)?",
        RegexOptions.ExplicitCapture,
        5000)]
    private static partial Regex Call();
}
