// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using TpmReady.Supplicant.Sandbox;

namespace TpmReady.Supplicant.Tests.Sandbox;

/// <summary>The filter, run by a machine of our own: every feature opens its calls and no others.</summary>
public sealed class SystemCallPolicyTests
{
    private const uint X64 = 0xc000003e;
    private const uint Arm64 = 0xc00000b7;
    private const uint I386 = 0x40000003;
    private const uint Refused = 0x00050001;
    private const uint NotThere = 0x00050026;
    private const uint Allowed = 0x7fff0000;
    private const int Process = 4711;

    private static readonly SandboxScope Nothing = new();
    private static readonly SandboxScope Everything = new()
    {
        StoragePath = "/s",
        ProfilePath = "/p",
        HasSockets = true,
        HasRpmb = true,
        HasPlugins = true,
        AwaitsSuccessor = true,
        CompilesCode = true,
    };

    public static IEnumerable<Func<(string, int, ulong[], string)>> Features()
    {
        // A call that exists on both machines, its arguments, and the feature that opens it: "" for always.
        yield return static () => ("futex", SystemCalls.Futex, [], "");
        yield return static () => ("RECV", SystemCalls.Ioctl, [3, 0x8010a406], "");
        yield return static () => ("FIONREAD", SystemCalls.Ioctl, [3, 0x541b], "sockets plugins");
        yield return static () => ("terminal ioctl", SystemCalls.Ioctl, [3, 0x5412], "plugins");
        yield return static () => ("MMC ioctl", SystemCalls.Ioctl, [3, 0xc048b301], "rpmb plugins");
        yield return static () => ("pwrite", SystemCalls.Pwrite64, [], "storage profiles report plugins");
        yield return static () => ("unlinkat", SystemCalls.Unlinkat, [], "storage profiles report plugins");
        yield return static () => ("socket unix", SystemCalls.Socket, [1, 2, 0], "");
        yield return static () => ("socket inet", SystemCalls.Socket, [2, 1, 0], "sockets plugins");
        yield return static () => ("socket packet", SystemCalls.Socket, [17, 3, 0], "plugins");
        yield return static () => ("connect", SystemCalls.Connect, [], "sockets plugins");
        yield return static () => ("accept4", SystemCalls.Accept4, [], "plugins successor");
        yield return static () => ("recvmsg", SystemCalls.Recvmsg, [], "sockets plugins successor");
        yield return static () => ("mmap writable", SystemCalls.Mmap, [0, 1, 3], "");
        yield return static () => ("mmap executable", SystemCalls.Mmap, [0, 1, 5], "sockets plugins code");
        yield return static () => ("mmap both", SystemCalls.Mmap, [0, 1, 7], "code");
        yield return static () => ("mprotect executable", SystemCalls.Mprotect, [0, 1, 5], "code");
        yield return static () => ("thread", SystemCalls.Clone, [0x3d0f00], "");
        yield return static () => ("fork", SystemCalls.Clone, [0x1200011], "never");
        yield return static () => ("thread in new user namespace", SystemCalls.Clone, [0x10010000], "never");
        yield return static () => ("own thread", SystemCalls.Tgkill, [Process, 1, 63], "");
        yield return static () => ("other process", SystemCalls.Tgkill, [1, 1, 9], "never");
        yield return static () => ("own limits", SystemCalls.Prlimit64, [0], "");
        yield return static () => ("limits of others", SystemCalls.Prlimit64, [1], "never");
        yield return static () => ("thread's name", SystemCalls.Prctl, [15], "");
        yield return static () => ("dumpable", SystemCalls.Prctl, [4], "plugins");
        yield return static () => ("execve", SystemCalls.Execve, [], "never");
        yield return static () => ("seccomp", SystemCalls.Seccomp, [], "never");
        yield return static () => ("memfd_create", SystemCalls.MemfdCreate, [], "plugins code");
    }

    [Test]
    [MethodDataSource(nameof(Features))]
    public async Task A_call_is_open_to_the_features_that_need_it(
        string name, int call, ulong[] arguments, string features)
    {
        foreach ((string feature, SandboxScope scope) in Scopes())
        {
            bool isOpen = features.Length == 0 || (" " + features + " ").Contains(
                $" {feature} ", StringComparison.Ordinal);
            uint expected = isOpen ? Allowed : Refused;
            await Assert.That(Ask(scope, Architecture.X64, X64, (uint)call >> 16, arguments))
                .IsEqualTo(expected).Because($"{name} with {feature} on x86-64");
            await Assert.That(Ask(scope, Architecture.Arm64, Arm64, (uint)call & 0xffff, arguments))
                .IsEqualTo(expected).Because($"{name} with {feature} on arm64");
        }
    }

    [Test]
    [Arguments("ptrace", 101u, 117u)]
    [Arguments("mount", 165u, 40u)]
    [Arguments("bpf", 321u, 280u)]
    [Arguments("keyctl", 250u, 219u)]
    [Arguments("io_uring_setup", 425u, 425u)]
    [Arguments("unshare", 272u, 97u)]
    [Arguments("setns", 308u, 268u)]
    [Arguments("init_module", 175u, 105u)]
    [Arguments("kexec_load", 246u, 104u)]
    [Arguments("reboot", 169u, 142u)]
    [Arguments("kill", 62u, 129u)]
    [Arguments("userfaultfd", 323u, 282u)]
    [Arguments("perf_event_open", 298u, 241u)]
    [Arguments("process_vm_writev", 311u, 271u)]
    public async Task Nothing_opens_what_only_attacks_and_administration_need(string name, uint x64, uint arm64)
    {
        await Assert.That(Ask(Everything, Architecture.X64, X64, x64)).IsEqualTo(Refused).Because(name);
        await Assert.That(Ask(Everything, Architecture.Arm64, Arm64, arm64)).IsEqualTo(Refused).Because(name);
    }

    [Test]
    public async Task A_call_of_another_architecture_ends_the_process()
    {
        const uint exitOfI386 = 1;
        await Assert.That(Ask(Everything, Architecture.X64, I386, exitOfI386)).IsEqualTo(FilterBuilder.KillProcess);
        await Assert.That(Ask(Everything, Architecture.Arm64, X64, exitOfI386)).IsEqualTo(FilterBuilder.KillProcess);
    }

    [Test]
    public async Task What_libc_can_do_without_is_not_there()
    {
        const uint clone3 = 435;
        const uint x32 = 0x40000000;
        await Assert.That(Ask(Nothing, Architecture.X64, X64, clone3)).IsEqualTo(NotThere);
        await Assert.That(Ask(Nothing, Architecture.Arm64, Arm64, clone3)).IsEqualTo(NotThere);
        await Assert.That(Ask(Everything, Architecture.X64, X64, x32 | 1)).IsEqualTo(NotThere);
        await Assert.That(Ask(Everything, Architecture.Arm64, Arm64, SystemCalls.FirstUnknown)).IsEqualTo(NotThere);
    }

    [Test]
    public async Task Calls_that_a_machine_lacks_open_nothing_there()
    {
        // "open" has no number on arm64; the mark for that must not become one.
        await Assert.That(Ask(Nothing, Architecture.Arm64, Arm64, SystemCalls.None)).IsEqualTo(NotThere);
        await Assert.That(Ask(Nothing, Architecture.Arm64, Arm64, 2)).IsEqualTo(Refused);
        await Assert.That(Ask(Nothing, Architecture.X64, X64, 2)).IsEqualTo(Allowed);
    }

    private static IEnumerable<(string Name, SandboxScope Scope)> Scopes() =>
    [
        ("nothing", Nothing),
        ("storage", Nothing with { StoragePath = "/s" }),
        ("profiles", Nothing with { ProfilePath = "/p" }),
        ("report", Nothing with { ReportDirectory = "/r" }),
        ("sockets", Nothing with { HasSockets = true }),
        ("rpmb", Nothing with { HasRpmb = true }),
        ("plugins", Nothing with { HasPlugins = true }),
        ("successor", Nothing with { AwaitsSuccessor = true }),
        ("code", Nothing with { CompilesCode = true }),
    ];

    private static uint Ask(
        SandboxScope scope, Architecture machine, uint audit, uint call, params ulong[] arguments) =>
        FilterMachine.Run(new SystemCallPolicy(scope, machine, Process).Build(Refused), audit, call, arguments);
}
