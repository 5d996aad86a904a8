// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using TpmReady.Supplicant.Tests.Fake;

namespace TpmReady.Board.Contract;

/// <summary>Clients as processes of their own, because one of them will be killed while its request is served.</summary>
internal sealed class ClientProcesses : IRequester
{
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
        if (!_clients[request].WaitForExit(TimeSpan.FromMinutes(1)))
        {
            throw new ContractException($"client {request} did not hear of its request's end within a minute");
        }
    }
}
