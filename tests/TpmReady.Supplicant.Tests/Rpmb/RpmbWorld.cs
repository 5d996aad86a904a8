// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.Tests.Rpmb;

/// <summary>A client on either device.</summary>
internal sealed class RpmbWorld : IDisposable
{
    private readonly EmulationFixture? _emulation;
    private readonly CardMachine? _machine;

    public RpmbWorld(bool emulated, bool withKey = false)
    {
        if (emulated)
        {
            _emulation = new EmulationFixture();
            Client = _emulation.Client;
        }
        else
        {
            _machine = new CardMachine();
            _machine.Insert(0);
            Client = new RpmbClient(_machine.Serve(), RpmbClient.NewKey());
        }

        if (withKey && !(Client.ProgramKey() && Client.ReadCounter()))
        {
            throw new InvalidOperationException("The key could not be programmed.");
        }
    }

    public RpmbClient Client { get; }

    public string Log => _emulation?.Log.ToString() ?? _machine!.Log.ToString();

    /// <summary>A new process serves the same device.</summary>
    public void Restart()
    {
        _emulation?.Restart();
        if (_machine is not null)
        {
            Client.Service = _machine.Serve();
        }
    }

    public void Dispose()
    {
        if (_machine is not null)
        {
            Client.Dispose();
            _machine.Dispose();
        }

        _emulation?.Dispose();
    }
}
