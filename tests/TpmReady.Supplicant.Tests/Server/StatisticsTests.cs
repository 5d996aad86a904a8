// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Text.Json;
using System.Threading.Tasks;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Sandbox;
using TpmReady.Supplicant.Server;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Supplicant.Tests.Sandbox;
using TpmReady.Supplicant.Tests.Storage;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Server;

/// <summary>What the supplicant shows of itself: counts, histogram, report, trace.</summary>
public sealed class StatisticsTests
{
    [Test]
    [Arguments(0UL, 0)]
    [Arguments(1UL, 1)]
    [Arguments(2UL, 2)]
    [Arguments(3UL, 2)]
    [Arguments(4UL, 3)]
    [Arguments(1023UL, 10)]
    [Arguments(1024UL, 11)]
    [Arguments(33_554_431UL, 25)]
    [Arguments(33_554_432UL, 26)]
    [Arguments(ulong.MaxValue, 26)]
    public async Task A_bucket_ends_at_a_power_of_two(ulong microseconds, int bucket)
    {
        await Assert.That(SupplicantStatistics.BucketOf(microseconds)).IsEqualTo(bucket);
    }

    [Test]
    public async Task The_report_is_JSON_and_its_counts_agree()
    {
        TeeResult answer = TeeResult.Success;
        LambdaService service = new(RpcFunction.Plugin, (ref RpcRequest _) => answer);
        using ServerFixture fixture = new([service]);
        for (int i = 0; i < 5; i++)
        {
            _ = fixture.World.Call(RpcFunction.Plugin);
        }

        answer = TeeResult.StorageNoSpace;
        _ = fixture.World.Call(RpcFunction.Plugin);
        answer = TeeResult.ItemNotFound;
        _ = fixture.World.Call(RpcFunction.Plugin);
        _ = fixture.World.Allocate(4096);
        _ = fixture.World.Call((RpcFunction)77);
        await fixture.WaitUntilIdle();
        fixture.Server.Statistics.Syncs = static () => 3;

        using JsonDocument document = JsonDocument.Parse(StatisticsReport.Create(fixture.Server.Statistics));
        JsonElement root = document.RootElement;
        JsonElement plugin = root.GetProperty("functions").GetProperty("Plugin");
        await Assert.That(root.GetProperty("version").GetInt32()).IsEqualTo(1);
        await Assert.That(root.GetProperty("requests").GetInt32()).IsEqualTo(9);
        await Assert.That(root.GetProperty("in_flight").GetInt32()).IsEqualTo(0);
        await Assert.That(root.GetProperty("syncs").GetInt32()).IsEqualTo(3);
        await Assert.That(root.GetProperty("shared_memory_objects").GetInt32()).IsEqualTo(1);
        await Assert.That(plugin.GetProperty("results").GetRawText())
            .IsEqualTo("{\"Success\":5,\"ItemNotFound\":1,\"StorageNoSpace\":1}");
        await Assert.That(Sum(plugin.GetProperty("below_microseconds"))).IsEqualTo(7);
        await Assert.That(root.GetProperty("functions").GetProperty("Other").GetProperty("results").GetRawText())
            .IsEqualTo("{\"NotSupported\":1}");
        await Assert.That(root.GetProperty("last_error").GetProperty("result").GetString()).IsEqualTo("NotSupported");
        await Assert.That(fixture.Server.Statistics.ToStatusText()).Contains("; last error: 32 NotSupported, 0 s ago");
    }

    [Test]
    public async Task The_report_s_file_is_replaced_and_a_link_is_not_followed()
    {
        using TemporaryDirectory directory = new();
        string path = directory["stats.json"];
        int error = -1;
        using CagedThread cage = new(new SandboxScope { ReportDirectory = directory.Path });
        File.WriteAllText(path, "old");
        cage.Run(() => error = new ReportFile(path, new LinuxFileOperations()).Write("{}\n"));
        await Assert.That(error).IsEqualTo(Errno.Success);
        await Assert.That(cage.Refused).IsEmpty();
        await Assert.That(File.ReadAllText(path)).IsEqualTo("{}\n");
        await Assert.That(Directory.GetFiles(directory.Path).Length).IsEqualTo(1);

        File.CreateSymbolicLink(path + ".new", directory["victim"]);
        await Assert.That(new ReportFile(path, new LinuxFileOperations()).Write("x")).IsEqualTo(Errno.ELOOP);
        await Assert.That(File.Exists(directory["victim"])).IsFalse();
        await Assert.That(new ReportFile(directory["no/where"], new LinuxFileOperations()).Write("x"))
            .IsEqualTo(Errno.ENOENT);
    }

    [Test]
    public async Task A_trace_tells_sizes_and_results_and_no_contents()
    {
        RecordingLog log = new(LogLevel.Debug);
        LambdaService service = new(RpcFunction.FileSystem, static (ref RpcRequest _) => TeeResult.ItemNotFound);
        using ServerFixture fixture = new([service], log: log);
        FakeMemory memory = fixture.World.Allocate(4096)!;
        _ = fixture.World.Call(
            RpcFunction.FileSystem,
            FakeSecureWorld.ValueInput(6, 424242),
            FakeSecureWorld.Name(memory, "/secret-name"));
        await fixture.WaitUntilIdle();

        await Assert.That(log.ToString()).Contains("FileSystem 6: ItemNotFound in ");
        await Assert.That(log.ToString()).Contains(" us, 350 bytes of buffers");
        await Assert.That(log.ToString()).DoesNotContain("secret");
        await Assert.That(log.ToString()).DoesNotContain("424242");
    }

    [Test]
    public async Task A_trace_has_so_many_lines_a_second()
    {
        RequestTrace trace = new(new RecordingLog(LogLevel.Debug));
        int allowed = 0;
        for (int i = 0; i < 1000; i++)
        {
            allowed += trace.Allows(5, out _) ? 1 : 0;
        }

        await Assert.That(allowed).IsEqualTo(RequestTrace.LinesPerSecond);
        await Assert.That(trace.Allows(6, out int dropped)).IsTrue();
        await Assert.That(dropped).IsEqualTo(900);
    }

    private static long Sum(JsonElement counts)
    {
        long sum = 0;
        foreach (JsonProperty count in counts.EnumerateObject())
        {
            sum += count.Value.GetInt64();
        }

        return sum;
    }
}
