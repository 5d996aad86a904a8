// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Report;

namespace TpmReady.Diagnosis.Tests;

/// <summary>The same boot in every format must be the same boot.</summary>
public sealed class FormatTests
{
    private static readonly Entry[] Failing =
    [
        new(0.0, "kernel", 0, "Linux version 6.12.0 (gcc) #1 SMP"),
        new(1.2, "kernel", 0, "optee: initialized driver"),
        new(2.0, "systemd", 1, "systemd 257 running in system mode (+PAM)"),
        new(2.1, "systemd", 1, "Running in initrd."),
        new(3.0, "systemd", 1, "Starting tee-supplicant.service - TEE Supplicant..."),
        new(3.1, "systemd", 1, "Started tee-supplicant.service - TEE Supplicant."),
        new(4.0, "systemd", 1, "Stopped tee-supplicant.service - TEE Supplicant."),
        new(5.0, "kernel", 0, "optee-ftpm optee-ta-bc50d971-d4c9-42c4-82cb-343fb7f37896: ftpm_tee_probe: tee_client_open_session failed, err=ffff3024"),
        new(5.5, "systemd", 1, "Switching root."),
        new(6.0, "systemd", 1, "systemd 257 running in system mode (+PAM)"),
        new(7.0, "systemd", 1, "Started tee-supplicant.service - TEE Supplicant."),
        new(9.0, "systemd", 1, "Startup finished in 2s (kernel) + 4s (initrd) + 3s (userspace) = 9s."),
    ];

    public static IEnumerable<string> Names() => Logs.Formats.Keys;

    [Test]
    [MethodDataSource(nameof(Names))]
    public async Task Every_format_gives_the_same_findings_and_lines(string format)
    {
        string text = Logs.Formats[format](Failing);
        IReadOnlyList<BootReport> boots = LogAnalysis.Explain(["-"], _ => new MemoryStream(Latin(text, format)));
        IReadOnlyList<Finding> findings = boots[0].Findings;

        await Assert.That(boots.Count).IsEqualTo(1);
        await Assert.That(TestData.Top(findings)).IsEqualTo(FindingIds.SupplicantMissing);
        await Assert.That(findings[0].SubCause).IsEqualTo("stopped-at-transition");
        await Assert.That(findings[0].Evidence.Any(line => line.Code == 0xFFFF3024)).IsTrue();
        string[] lines = text.Split('\n');
        foreach (Signal line in findings[0].Evidence)
        {
            string shown = line.Text[^20..];
            await Assert.That(lines[(int)line.Line - 1].Replace("\e[0m", "", StringComparison.Ordinal)
                .Replace("\e[0;1;39m", "", StringComparison.Ordinal)).Contains(shown[^10..]);
        }
    }

    [Test]
    [MethodDataSource(nameof(Names))]
    public async Task Two_boots_in_one_file_are_told_apart(string format)
    {
        string text = Logs.Formats[format](Failing);
        // The journal's formats carry the boot's id; with one id it is one boot, whatever it says.
        string second = text.Replace("95b5a1a4", "ffffa1a4", StringComparison.Ordinal);
        IReadOnlyList<BootReport> boots = LogAnalysis.Explain(["-"], _ => new MemoryStream(Latin(text + second, format)));

        await Assert.That(boots.Count).IsEqualTo(2);
        await Assert.That(TestData.Top(boots[0].Findings)).IsEqualTo(TestData.Top(boots[1].Findings));
    }

    [Test]
    public async Task Formats_may_be_mixed_in_one_file()
    {
        string[] formats = ["short-monotonic", "export", "dmesg", "json", "short-monotonic"];
        StringBuilder text = new();
        for (int at = 0; at < Failing.Length; at++)
        {
            text.Append(Logs.Formats[formats[at * formats.Length / Failing.Length]]([Failing[at]]));
        }

        IReadOnlyList<Finding> findings = TestData.ExplainBytes(Latin(text.ToString(), "export"));
        await Assert.That(TestData.Top(findings)).IsEqualTo(FindingIds.SupplicantMissing);
    }

    [Test]
    [Arguments("utf-16")]
    [Arguments("utf-16BE")]
    [Arguments("iso-8859-1")]
    [Arguments("utf-8")]
    public async Task Other_encodings_are_read(string encoding)
    {
        Encoding chosen = Encoding.GetEncoding(encoding);
        byte[] bytes = [.. chosen.GetPreamble(), .. chosen.GetBytes("Grüße aus dem Log\n" + Logs.Formats["short"](Failing))];

        await Assert.That(TestData.Top(TestData.ExplainBytes(bytes))).IsEqualTo(FindingIds.SupplicantMissing);
    }

    [Test]
    public async Task Compressed_logs_are_read_and_damaged_ones_are_refused()
    {
        byte[] plain = Logs.Bytes(Logs.Formats["short"](Failing));
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write(plain);
        }

        byte[] bytes = packed.ToArray();
        await Assert.That(TestData.Top(TestData.ExplainBytes(bytes))).IsEqualTo(FindingIds.SupplicantMissing);
        bytes[^3] ^= 0xFF;
        bytes[20] ^= 0xFF;
        FleetEntry entry = FleetEntry.Of("damaged", _ => new MemoryStream(bytes));
        await Assert.That(entry.Error is not null || entry.Boots.Count > 0).IsTrue();
    }

    [Test]
    public async Task A_spinner_on_one_line_a_torn_line_and_a_stamped_prefix()
    {
        string spinner = string.Concat(Enumerable.Range(0, 90).Select(second =>
            $"\r\e[K[\e[0;31m*     \e[0m] A start job is running for /dev/tpmrm0 ({second}s / 1min 30s)"));
        IReadOnlyList<Finding> waits = TestData.ExplainText(spinner);
        await Assert.That(TestData.Top(waits)).IsEqualTo(FindingIds.NodeNeverAppears);
        await Assert.That(waits[0].Seconds!.Value).IsEqualTo(89);

        string torn = "[  OK  ] Started systemd-journald.service - Jour[    4.101234] ftpm-tee ftpm: ftpm_tee_probe: " +
            "tee_client_open_session failed, err=ffff000e\n";
        await Assert.That(TestData.Top(TestData.ExplainText(torn))).IsEqualTo(FindingIds.SupplicantMissing);

        string grabserial = "[12.000001 0.000100] E/TC:? 0 TA panicked with code 0xffff000e\n";
        await Assert.That(TestData.Top(TestData.ExplainText(grabserial))).IsEqualTo(FindingIds.SupplicantMissing);
    }

    [Test]
    public async Task Words_of_a_person_outside_a_fence_are_no_evidence()
    {
        string text = "# rpmb-unavailable?\nThe RPMB isn't provisioned, I think, or there is an ordering cycle over sysinit.\n```\n[ 1.0] foo: bar\n```\n";
        await Assert.That(TestData.ExplainText(text)).IsEmpty();
    }

    /// <summary>The export format holds bytes that are no text; the others are UTF-8.</summary>
    private static byte[] Latin(string text, string format) =>
        format is "export" ? Encoding.Latin1.GetBytes(text) : Encoding.UTF8.GetBytes(text);
}
