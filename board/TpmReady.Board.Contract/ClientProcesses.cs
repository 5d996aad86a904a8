// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Tests.Fake;

namespace TpmReady.Board.Contract;

/// <summary>Clients as processes of their own, because one of them will be killed while its request is served.</summary>
/// <remarks>
/// OP-TEE looks for a TA in more than one place (ree_fs_ta.c, secstor_ta.c), so one client causes further requests after
/// the one that the contract answers. <see cref="WaitForEnd"/> refuses those.
/// </remarks>
internal sealed class ClientProcesses(ITeeDevice device) : IRequester
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly Dictionary<int, Process> _clients = [];

    public int Begin()
    {
        int number = _clients.Count + 1;
        _clients[number] = Process.Start(
            Environment.ProcessPath!, ["client", number.ToString(CultureInfo.InvariantCulture)]);
        return number;
    }

    public void Kill(int request) => _clients[request].Kill();

    public void WaitForEnd(int request)
    {
        using Refusal refusal = new(device);
        long start = Stopwatch.GetTimestamp();
        while (!_clients[request].WaitForExit(10))
        {
            if (Stopwatch.GetElapsedTime(start) > Limit)
            {
                throw new ContractException($"client {request} did not hear of its request's end within a minute");
            }
        }
    }
}
