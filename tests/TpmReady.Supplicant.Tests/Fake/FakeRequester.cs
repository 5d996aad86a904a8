// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Supplicant.Protocol;

namespace TpmReady.Supplicant.Tests.Fake;

/// <summary>Requests of the shape that a client on a board causes: LOAD_TA that asks for a size.</summary>
internal sealed class FakeRequester(FakeKernel kernel) : IRequester
{
    private readonly List<FakeRequest> _requests = [];

    public int Begin()
    {
        _requests.Add(kernel.Submit(
            RpcFunction.LoadTrustedApplication,
            FakeSecureWorld.ValueInput(0x154A8C9566FC7BF0, 0xDD75734E0E26C099),
            FakeSecureWorld.MemoryOutput(null, 0)));
        return _requests.Count - 1;
    }

    public void Kill(int request) => _requests[request].Kill();

    public void WaitForEnd(int request) => _ = _requests[request].Wait();
}
