// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.Threading;
using TpmReady.Board.Contract;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Tests.Fake;

if (args is ["client", string number])
{
    return AbsentSession.Ask(int.Parse(number, CultureInfo.InvariantCulture));
}

using ITeeDevice? device = new DeviceDiscovery(new ConsoleLog()).Open(
    new DiscoveryOptions(), CancellationToken.None, out string error);
if (device is null)
{
    Console.WriteLine(error);
    return 2;
}

try
{
    var contract = new DeviceContract(device, new ClientProcesses(device));

    // Not CheckOrder: it needs two requests in the kernel's queue, and OP-TEE looks for one TA at a time.
    (string Name, Action Check)[] checks =
    [
        ("version", contract.CheckVersion),
        ("shapes of RECV", contract.CheckReceiveShapes),
        ("memory", contract.CheckMemory),
        ("answers", contract.CheckAnswers),
        ("room", contract.CheckRoom),
        ("client killed while its request is served", contract.CheckKilledWhileServed),
        ("client killed while its request is queued", contract.CheckKilledWhileQueued),
    ];
    foreach ((string name, Action check) in checks)
    {
        Console.WriteLine($"checking: {name}");
        check();
    }

    Console.WriteLine("the kernel keeps the contract");
    return 0;
}
catch (ContractException exception)
{
    Console.WriteLine(exception.Message);
    return 1;
}
