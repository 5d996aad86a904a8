// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>
/// Random sequences of requests for the whole supplicant. With TPMREADY_FUZZ_REQUESTS as many as it says
/// (<c>bench/fuzz</c>).
/// </summary>
public sealed class FuzzTests
{
    private const long UsualRequests = 300_000;

    [Test]
    public async Task Every_request_is_answered_and_leaves_nothing_behind()
    {
        string? requests = Environment.GetEnvironmentVariable("TPMREADY_FUZZ_REQUESTS");
        string? seed = Environment.GetEnvironmentVariable("TPMREADY_FUZZ_SEED");
        FuzzOptions options = new()
        {
            Requests = requests is null ? UsualRequests : long.Parse(requests, CultureInfo.InvariantCulture),
            Seed = seed is null ? 1 : ulong.Parse(seed, CultureInfo.InvariantCulture),
            MaximumFailures = 10,
            IsAlone = requests is not null,
            ProgressPath = Environment.GetEnvironmentVariable("TPMREADY_FUZZ_PROGRESS"),
        };
        FuzzReport report = new Fuzzer(options).Run();
        Print(options, report);

        foreach (FuzzFailure failure in report.Failures)
        {
            Console.WriteLine(failure);
        }

        await Assert.That(report.Failures).IsEmpty();
        await Assert.That(report.Requests).IsEqualTo(options.Requests);
    }

    // bench/fuzz reads these lines.
    private static void Print(FuzzOptions options, FuzzReport report)
    {
        double rate = report.Requests / report.Duration.TotalSeconds;
        Say($"requests|{report.Requests}");
        Say($"seeds|{options.Seed} to {options.Seed + (ulong)Math.Max(report.Seeds - 1, 0)}");
        Say($"seconds|{report.Duration.TotalSeconds:0}");
        Say($"rate|{rate:0}");
        Say($"longest|{report.Longest.TotalMilliseconds:0}");
        Say($"findings|{report.Failures.Count}");
        Say($"valid|{report.Valid}");
        Say($"revoked|{report.Revoked}");
        Say($"hostile|{report.Hostile}");
        if (report.Process is (FuzzProcess first, FuzzProcess last))
        {
            Say($"process|descriptors|{first.Descriptors}|{last.Descriptors}");
            Say($"process|threads|{first.Threads}|{last.Threads}");
            Say($"process|mappings|{first.Mappings}|{last.Mappings}");
            Say($"process|managed heap, KiB|{first.Managed >> 10}|{last.Managed >> 10}");
            Say($"process|memory, MiB|{first.Resident >> 20}|{last.Resident >> 20}");
        }

        foreach (IGrouping<(string Command, TeeResult Result), long> outcome in report.Outcomes
            .OrderBy(static pair => ((uint)pair.Key.Function, pair.Key.Operation, (uint)pair.Key.Result))
            .GroupBy(
                static pair => (FuzzText.Command(pair.Key.Function, pair.Key.Operation), pair.Key.Result),
                static pair => pair.Value))
        {
            Say($"outcome|{outcome.Key.Command}|{outcome.Key.Result}|{outcome.Sum()}");
        }
    }

    private static void Say(FormattableString text) =>
        Console.WriteLine("fuzz|" + text.ToString(CultureInfo.InvariantCulture));
}
