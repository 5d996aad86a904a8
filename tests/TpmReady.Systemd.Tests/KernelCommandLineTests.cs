// SPDX-License-Identifier: MIT

using System.Threading.Tasks;

namespace TpmReady.Systemd.Tests;

/// <summary>The kernel's command line, as kernel-command-line(7) and systemd's proc-cmdline.c have it.</summary>
public sealed class KernelCommandLineTests
{
    [Test]
    [Arguments("quiet systemd.tpm2_wait=1", false, true)]
    [Arguments("systemd.tpm2_wait", false, true)]
    [Arguments("systemd.tpm2-wait=on", false, true)]
    [Arguments("systemd.tpm2_wait=1 systemd.tpm2_wait=no\n", false, false)]
    [Arguments("rd.systemd.tpm2_wait=0", true, false)]
    [Arguments("rd.systemd.tpm2_wait=0", false, null)]
    [Arguments("rd.systemd.tpm2_wait=0 systemd.tpm2_wait=1", true, true)]
    [Arguments("systemd.tpm2_wait=perhaps", false, null)]
    [Arguments("systemd.tpm2_waits=1 xsystemd.tpm2_wait=1", false, null)]
    [Arguments("\"systemd.tpm2_wait=1\"", false, true)]
    [Arguments("", false, null)]
    [Arguments(null, false, null)]
    public async Task A_switch_is_read(string? line, bool isInitrd, bool? expected) =>
        await Assert.That(KernelCommandLine.Parse(line, isInitrd).GetSwitch("systemd.tpm2_wait")).IsEqualTo(expected);

    [Test]
    public async Task Quotes_keep_spaces_and_all_values_are_found_in_order()
    {
        KernelCommandLine line =
            KernelCommandLine.Parse("luks.options=\"a b\" x luks.options='c' luks.options rd.luks.options=d", true);
        await Assert.That(string.Join('|', line.GetAll("luks.options"))).IsEqualTo("a b|c|d");
    }
}
