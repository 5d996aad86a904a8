// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Boot.TeeSupplicant;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;

namespace TpmReady.Boot.Tests.CommandLine;

/// <summary>
/// What is switched off has no service, and what has no service is answered "not supported" by the dispatcher: no code
/// of a switched-off feature can be reached.
/// </summary>
public sealed class SwitchedOffTests
{
    // These do not switch a feature off but a part of the cage.
    private static readonly string[] OfTheCage = ["no-sandbox", "no-landlock"];

    // The functions that each option takes away.
    private static readonly Dictionary<string, RpcFunction[]> Table = new(StringComparer.Ordinal)
    {
        ["no-fs"] = [RpcFunction.FileSystem],
        ["no-plugins"] = [RpcFunction.Plugin],
        ["no-rpmb"] = [RpcFunction.Rpmb],
        ["no-sockets"] = [RpcFunction.Socket],
        ["no-prof"] = [RpcFunction.Gprof, RpcFunction.Ftrace],
    };

    public static IEnumerable<string> SwitchingOptions() => SupplicantOptionTable.Options
        .Select(static option => option.LongName)
        .Where(static name => name.StartsWith("no-", StringComparison.Ordinal))
        .Except(OfTheCage, StringComparer.Ordinal);

    [Test]
    [MethodDataSource(nameof(SwitchingOptions))]
    public async Task A_feature_that_is_switched_off_has_no_service(string option)
    {
        RpcFunction[] with = Functions("");
        RpcFunction[] without = Functions($"--{option}");
        await Assert.That(Table.ContainsKey(option)).IsTrue().Because($"--{option} must stand in the table");
        await Assert.That(without.Intersect(Table[option])).IsEmpty();
        await Assert.That(with.Except(Table[option])).IsEquivalentTo(without);
    }

    [Test]
    public async Task With_everything_off_TAs_are_all_that_is_served()
    {
        string line = string.Join(' ', SwitchingOptions().Select(static option => "--" + option));
        await Assert.That(Functions(line)).IsEquivalentTo([RpcFunction.LoadTrustedApplication]);
    }

    private static RpcFunction[] Functions(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string directory = Directory.CreateTempSubdirectory("tpmready-test-").FullName;
        string? error = SupplicantOptionReader.Read(
            [.. words, $"-f{directory}", $"-p{directory}"], static _ => null, out SupplicantOptions? options);
        if (options is null || !StateArena.TryCreate(options.Limits, out StateArena? arena, out error))
        {
            throw new InvalidOperationException(error);
        }

        LogWriter log = new("test", LogLevel.Critical, LogTarget.StandardError, journalStream: null);
        RpcFunction[] functions =
            [.. new SupplicantProgram(options, log).CreateServices(arena).Select(static service => service.Function)];
        arena.Dispose();
        Directory.Delete(directory, recursive: true);
        return functions;
    }
}
