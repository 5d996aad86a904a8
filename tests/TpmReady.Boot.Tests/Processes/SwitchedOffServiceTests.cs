// SPDX-License-Identifier: MIT

using System;
using System.Threading;
using System.Threading.Tasks;

namespace TpmReady.Boot.Tests.Processes;

/// <summary>What is switched off cannot be reached: the native executable says "not supported".</summary>
[NativeOnly]
public sealed class SwitchedOffServiceTests
{
    private const int Terminate = 15;
    private const string BadParameters = "answer ffff0006\n";
    private const string NotSupported = "answer ffff000a\n";

    // The request's parameters are a plug-in's: a service that is there finds them wrong.
    [Test]
    [Arguments("10", "", BadParameters)]
    [Arguments("10", "--no-sockets", NotSupported)]
    [Arguments("9", "", BadParameters)]
    [Arguments("9", "--no-prof", NotSupported)]
    [Arguments("11", "", BadParameters)]
    [Arguments("11", "--no-prof", NotSupported)]
    public async Task A_service_is_there_or_not_supported(string function, string option, string answer)
    {
        using FakeTee tee = new();
        tee.Environment["FAKE_TEE_REQUEST"] = "1";
        tee.Environment["FAKE_TEE_FUNCTION"] = function;
        using RunningProgram process = BootProgram.Start($"{tee.CommandLine} {option}", tee.Environment);
        tee.WaitForMessage("READY=1");
        for (int i = 0; i < 100 && tee.Answers.Length == 0; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }

        process.Signal(Terminate);
        await Assert.That(await process.WaitAsync()).IsEqualTo(0);
        await Assert.That(tee.Answers).IsEqualTo(answer);
    }
}
