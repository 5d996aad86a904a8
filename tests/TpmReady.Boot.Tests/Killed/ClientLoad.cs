// SPDX-License-Identifier: MIT

using System;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Killed;

/// <summary>Clients of everything from the first process on, and what they saw.</summary>
internal sealed class ClientLoad : IAsyncDisposable
{
    private readonly KeptWorld _world;
    private readonly CancellationTokenSource _end = new();
    private readonly Task[] _clients;

    public ClientLoad(KeptWorld world)
    {
        _world = world;
        world.WaitUntilServed();
        _clients = [.. new EveryClient(world, Tally).Start(_end.Token)];
    }

    public Tally Tally { get; } = new();

    /// <summary>Whether requests are answered, those that were waiting and more.</summary>
    public bool GoesOn()
    {
        int requests = Tally.Requests;
        return _world.Kernel.Wait(
            () => Tally.Requests > requests + 100, static () => false, TimeSpan.FromSeconds(20));
    }

    /// <summary>Ends the clients, each after its cycle: what they were about is answered like everything else.</summary>
    public async Task ExpectNothingNoticedAsync()
    {
        await EndAsync();
        await Assert.That(Tally.Failures).IsEmpty().Because(_world.Output);
        await Assert.That(Tally.SoftErrors).IsEmpty();
        await Assert.That(Tally.Lost).IsEmpty();
        await Assert.That(_world.Kernel.Violations).IsEmpty();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _end.Dispose();
    }

    private async Task EndAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_clients);
    }
}
