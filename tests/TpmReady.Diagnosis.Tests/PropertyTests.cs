// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using CsCheck;
using TpmReady.Diagnosis.Codes;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Plot;
using TpmReady.Diagnosis.Reading;
using TpmReady.Diagnosis.Report;

namespace TpmReady.Diagnosis.Tests;

/// <summary>
/// Hostile input: nothing that a log contains may crash the reader, fill the memory, or take time that grows faster than the
/// log. The counts are per run; TPMREADY_FUZZ_FACTOR multiplies them.
/// </summary>
[NotInParallel]
public sealed class PropertyTests
{
    private static readonly int Factor =
        int.TryParse(Environment.GetEnvironmentVariable("TPMREADY_FUZZ_FACTOR"), out int factor) ? factor : 1;

    private static readonly string[] Seeds =
    [
        .. TestData.Variants().Select(variant => variant.Text),
        .. Logs.Formats.Values.Select(write => write(
        [
            new(1.5, "kernel", 0, "tpm tpm0: tpm_try_transmit: send(): error -53212"),
            new(2.5, "systemd", 1, "Timed out waiting for device dev-tpm0.device - /dev/tpm0."),
            new(3.5, "systemd-cryptsetup", 300, "Esys Finish ErrorCode (0x00000128)"),
        ])),
    ];

    private static readonly string[] Pieces =
    [
        "[    1.000000] ", "systemd[1]: ", "kernel: ", "\e[0;31m", "\e]0;", "\r", "\n", "\n\n", "```\n", "__CURSOR=", "MESSAGE=",
        "MESSAGE\n\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "{\"MESSAGE\":[", "{\"__CURSOR\":\"", "- {\"dt\": \"", "lvl: target, msg: '",
        "A start job is running for /dev/tpm0 (", "9999999999999999999s / no limit)", "err=ffffffffffffffffffffff",
        "TA panicked with code 0x", "Found ordering cycle on ", "-- Boot ", "Linux version ", "[s=;b=;m=ffffffffffffffffffff]",
        "2026-99-99T99:99:99", "Feb 31 25:61:61 ", "(((((((", "0x", "-", "tpm", "Mon 2026-11-23 00:03:11 UTC [s=a;i=1;b=c;m=d]",
        "    MESSAGE=", "\0\0\0\0", "\xC3\x28", "> > > > ",
    ];

    private static readonly Gen<string> Piece = Gen.Int[0, Pieces.Length - 1].Select(at => Pieces[at]);

    [Test]
    public async Task No_bytes_crash_the_reader()
    {
        int count = 0;
        Gen.Byte.Array[0, 2000].Sample(bytes => Survive(bytes, ref count), iter: 4000 * Factor, threads: 1);
        Piece.Array[1, 60].Sample(
            pieces => Survive(Encoding.Latin1.GetBytes(string.Concat(pieces)), ref count), iter: 6000 * Factor, threads: 1);
        Gen.Select(Gen.Int[0, Seeds.Length - 1], Gen.Int[0, 100_000], Gen.Byte, Gen.Int[0, 3]).Array[1, 12].Sample(
            edits => Survive(Mutate(edits), ref count), iter: 6000 * Factor, threads: 1);
        Console.WriteLine($"{count} inputs, no crash");

        await Assert.That(count).IsGreaterThanOrEqualTo(16_000 * Factor);
    }

    [Test]
    public async Task Every_parser_takes_every_text()
    {
        int count = 0;
        Gen.OneOf(Gen.String[0, 80], Piece.Array[1, 8].Select(string.Concat)).Sample(
            text =>
            {
                count++;
                _ = TimeStamps.TryRead(text, out _, out int used);
                LineParts parts = LineParser.Parse(text, default);
                _ = TornLine.NextStart(text);
                _ = CodeDecoder.Decode(text);
                _ = EvidenceText.From(text);
                char[] plain = new char[text.Length];
                int length = ConsoleText.Strip(text, plain);
                return used <= text.Length && length <= text.Length && parts.Message.Length <= text.Length;
            },
            iter: 30_000 * Factor,
            threads: 1);

        await Assert.That(count).IsGreaterThanOrEqualTo(30_000 * Factor);
    }

    [Test]
    public async Task The_place_of_a_cut_between_reads_changes_nothing()
    {
        string text = string.Concat(Seeds.Take(20));
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        string whole = Ids(LogAnalysis.Explain(["-"], _ => new MemoryStream(bytes)));
        Gen.Int[1, 997].Sample(
            size => Ids(LogAnalysis.Explain(["-"], _ => new TricklingStream(bytes, size))) == whole, iter: 60 * Factor, threads: 1);

        await Assert.That(whole.Length).IsGreaterThan(0);
    }

    [Test]
    [Arguments("a line without an end", "tpm ")]
    [Arguments("carriage returns", "tpm\r")]
    [Arguments("escapes", "\e[0;1;31mtpm\e[0m ")]
    [Arguments("stamps in one line", "tpm failed here [    1.000001] ")]
    [Arguments("brackets", "tpm [[[[[[[[")]
    [Arguments("boots", "-- Boot aa --\ntpm tpm0: tpm_try_transmit: send(): error -62\n")]
    [Arguments("json", "{\"MESSAGE\":\"tpm\",\"X\":[[[[\n")]
    [Arguments("export", "__CURSOR=tpm\nMESSAGE=tpm\n\n")]
    [Arguments("units", "[    1.000000] systemd[1]: Starting tpm-a.service - B...\n")]
    [Arguments("spinners", "A start job is running for /dev/tpm0 (1s / 2s)\r")]
    public async Task Time_and_memory_grow_with_the_log_and_not_faster(string what, string piece)
    {
        byte[] small = Repeat(piece, 1 << 18);
        byte[] large = Repeat(piece, 1 << 21);
        _ = Measure(small);
        double one = Enumerable.Range(0, 3).Min(_ => Measure(small));
        double eight = Measure(large);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        IReadOnlyList<BootReport> kept = LogAnalysis.Explain(["-"], _ => new MemoryStream(large));
        long held = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine($"{what}: 0.25 MiB {one:F1} ms, 2 MiB {eight:F1} ms, kept {held / 1024} KiB");

        await Assert.That(kept.Count).IsGreaterThan(0);
        // Eight times the log: eight times the time, with room for the noise of a busy machine; a square would be 64.
        await Assert.That(eight).IsLessThan((one * 32) + 200);
        await Assert.That(held).IsLessThan(24L * 1024 * 1024);
    }

    [Test]
    public async Task A_name_full_of_markup_does_no_harm_in_a_plot()
    {
        string log = "[    1.000000] systemd[1]: Starting tpm2-<script>alert(1)</script>&\"'.service - X...\n" +
            "[    9.000000] systemd[1]: Started tpm2-<script>alert(1)</script>&\"'.service - X.\n";
        using StringWriter writer = new();
        HtmlPlot.Write(writer, BootPlot.Of(LogAnalysis.Boots(["-"], _ => new MemoryStream(Logs.Bytes(log)))[0]), "<b>");

        await Assert.That(writer.ToString().Contains("<script", StringComparison.Ordinal)).IsFalse();
        await Assert.That(writer.ToString().Contains("<b>", StringComparison.Ordinal)
            && !writer.ToString().Contains("<b>Change", StringComparison.Ordinal)).IsFalse();
    }

    private static void Survive(byte[] bytes, ref int count)
    {
        count++;
        IReadOnlyList<Boot> boots = LogAnalysis.Boots(["-"], _ => new MemoryStream(bytes));
        foreach (Boot boot in boots)
        {
            _ = BootReport.Of(boot);
            SvgPlot.Write(TextWriter.Null, BootPlot.Of(boot), "t", withStyle: false);
        }

        _ = LogAnalysis.Explain(["-"], _ => new MemoryStream(bytes));
    }

    private static byte[] Mutate((int Seed, int Place, byte Value, int How)[] edits)
    {
        List<byte> bytes = [.. Encoding.Latin1.GetBytes(Seeds[edits[0].Seed])];
        foreach ((int seed, int place, byte value, int how) in edits)
        {
            int at = bytes.Count == 0 ? 0 : place % bytes.Count;
            switch (how)
            {
                case 0 when bytes.Count > 0:
                    bytes[at] = value;
                    break;
                case 1:
                    bytes.Insert(at, value);
                    break;
                case 2 when bytes.Count > at + 1:
                    bytes.RemoveRange(at, Math.Min(value, bytes.Count - at));
                    break;
                default:
                    bytes.InsertRange(at, Encoding.Latin1.GetBytes(Seeds[seed]).Take(400));
                    break;
            }
        }

        return [.. bytes];
    }

    private static string Ids(IReadOnlyList<BootReport> boots) =>
        string.Join(';', boots.Select(boot => string.Join(',', boot.Findings.Select(finding => $"{finding.Id}:{finding.Evidence[0].Line}"))));

    private static byte[] Repeat(string piece, int bytes) =>
        Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(piece, (bytes / piece.Length) + 1)));

    private static double Measure(byte[] bytes)
    {
        long start = Stopwatch.GetTimestamp();
        _ = LogAnalysis.Explain(["-"], _ => new MemoryStream(bytes));
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
