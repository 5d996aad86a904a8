// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;

namespace TpmReady.Linux.Tests.Interop;

/// <summary>Constants and structures of the C library are those of its headers on this machine.</summary>
public sealed class LibcTests
{
    private static readonly string[] Headers =
    [
        "errno.h", "fcntl.h", "poll.h", "signal.h", "sys/mman.h", "sys/eventfd.h", "sys/resource.h", "sys/socket.h", "sys/stat.h", "sys/syscall.h",
        "sys/prctl.h", "dlfcn.h", "spawn.h", "linux/falloc.h", "linux/openat2.h", "netdb.h",
        "linux/capability.h", "linux/seccomp.h", "linux/landlock.h",
    ];

    [Test]
    public async Task Constants_have_the_headers_values()
    {
        Dictionary<string, ulong> ours = Named(typeof(Errno), static name => name.StartsWith('E'));
        ours = ours.Concat(Named(typeof(Libc), static name => name.Contains('_', StringComparison.Ordinal)))
            .Where(static pair => pair.Key is not ("MAP_FAILED" or "SIG_DFL"))
            .ToDictionary(StringComparer.Ordinal);
        Dictionary<string, ulong> theirs = CompiledHeader.Evaluate(Headers, ours.Keys);

        await Assert.That(ours.Count).IsGreaterThan(60);
        await Assert.That(Lines(ours)).IsEqualTo(Lines(theirs));
    }

    [Test]
    public async Task Structures_have_the_headers_layout()
    {
        var ours = new Dictionary<string, ulong>(StringComparer.Ordinal)
        {
            ["sizeof(struct sigaction)"] = SizeOf<Libc.SignalAction>(),
            ["offsetof(struct sigaction, sa_handler)"] = Offset<Libc.SignalAction>("Handler"),
            ["offsetof(struct sigaction, sa_mask)"] = Offset<Libc.SignalAction>("Mask"),
            ["offsetof(struct sigaction, sa_flags)"] = Offset<Libc.SignalAction>("Flags"),
            ["sizeof(struct pollfd)"] = SizeOf<Libc.PollDescriptor>(),
            ["offsetof(struct pollfd, revents)"] = Offset<Libc.PollDescriptor>("Returned"),
            ["sizeof(struct rlimit64)"] = SizeOf<Libc.ResourceLimit>(),
            ["offsetof(struct rlimit64, rlim_max)"] = Offset<Libc.ResourceLimit>("Maximum"),
            ["SIGRTMAX"] = Libc.SIGRTMAX,
            ["SIGTERM"] = Libc.SIGTERM,
            ["SIGKILL"] = Libc.SIGKILL,
        };
        await Assert.That(Lines(ours)).IsEqualTo(Lines(CompiledHeader.Evaluate(Headers, ours.Keys)));
    }

    [Test]
    public async Task Errors_have_names()
    {
        await Assert.That(Errno.Name(Errno.EBUSY)).IsEqualTo("EBUSY");
        await Assert.That(Errno.Name(4095)).IsEqualTo("errno 4095");
        foreach (FieldInfo field in typeof(Errno).GetFields().Where(static field => field.Name.StartsWith('E')))
        {
            await Assert.That(Errno.Name((int)field.GetRawConstantValue()!)).IsEqualTo(field.Name);
        }
    }

    [Test]
    public async Task The_soft_limit_of_open_files_rises_to_the_hard_one()
    {
        await Assert.That(ProcessLimits.RaiseOpenFiles()).IsGreaterThanOrEqualTo(1024UL);
    }

    private static Dictionary<string, ulong> Named(Type type, Func<string, bool> isWanted) => type
        .GetFields(BindingFlags.Static | BindingFlags.Public)
        .Where(field => isWanted(field.Name) && IsInteger(field.FieldType))
        .ToDictionary(
            static field => field.Name,
            static field => field.GetValue(null) is uint value
                ? value
                : (ulong)Convert.ToInt64(field.GetValue(null), null),
            StringComparer.Ordinal);

    private static bool IsInteger(Type type) => type == typeof(int) || type == typeof(uint) || type == typeof(short);

    private static ulong SizeOf<T>() => (ulong)Unsafe.SizeOf<T>();

    private static ulong Offset<T>(string field) => (ulong)Marshal.OffsetOf<T>(field);

    private static string Lines(Dictionary<string, ulong> values) =>
        string.Join('\n', values.Select(static pair => $"{pair.Key} = 0x{pair.Value:X}"));
}
