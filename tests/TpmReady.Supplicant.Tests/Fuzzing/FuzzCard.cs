// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.MultiMediaCard;
using TpmReady.Supplicant.Tests.Rpmb;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>A card that forgets what was asked of it; it throws at commands that the kernel would not take.</summary>
internal sealed unsafe class FuzzCard(FuzzInterference interference) : IMultiMediaCard
{
    private readonly FakeCard _card = new();

    public int Execute(int descriptor, MultiMediaCardAbi.ThreeCommands* commands)
    {
        interference.Happen("card");
        long before = GC.GetAllocatedBytesForCurrentThread();
        _card.Error = interference.TakeFault();
        int result = _card.Execute(descriptor, commands);
        _card.Calls.Clear();
        _card.Data.Clear();
        _card.Descriptors.Clear();
        interference.Exempt(GC.GetAllocatedBytesForCurrentThread() - before);
        return result;
    }
}
