// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Killed;

/// <summary>Clients of everything that a supplicant serves, all at once and without pause.</summary>
internal sealed class EveryClient(KeptWorld world, Tally tally)
{
    /// <summary>Starts them.</summary>
    /// <param name="end">Each ends its cycle after that.</param>
    public IEnumerable<Task> Start(CancellationToken end)
    {
        foreach (string name in (string[])["first", "second"])
        {
            yield return Repeat(name, () => RepeatableClients.UseFiles(world, tally, name, end), end);
        }

        yield return Repeat("TA", () => RepeatableClients.LoadTrustedApplications(world, tally, end), end);
        yield return Repeat("memory", () => RepeatableClients.UseLargeMemory(world, tally, end), end);
        yield return Repeat("plug-in", () => OnceClients.CallPlugin(world, tally, end), end);
        yield return Repeat("socket", () => OnceClients.UseSocket(world, tally, end), end);
        yield return Repeat("RPMB", () => OnceClients.UseRpmb(world, tally, end), end);
    }

    /// <summary>A client that gave up begins anew, as a program does that is started again.</summary>
    private Task Repeat(string client, Action use, CancellationToken end) => Task.Factory.StartNew(
        () =>
        {
            do
            {
                try
                {
                    use();
                }
                catch (RefusedException refused)
                {
                    tally.Fail(client, refused);
                }
                catch (Exception gone) when (gone is ProgramGoneException or InvalidOperationException)
                {
                    tally.Failures.Enqueue($"{client}: {gone.Message}");
                }
            }
            while (!end.IsCancellationRequested);
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);
}
