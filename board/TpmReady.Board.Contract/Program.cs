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
    new DeviceContract(device, new ClientProcesses()).CheckAll();
    Console.WriteLine("the kernel keeps the contract");
    return 0;
}
catch (ContractException exception)
{
    Console.WriteLine(exception.Message);
    return 1;
}
