// SPDX-License-Identifier: MIT

using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Handover;

/// <summary>A service whose process can die when it has done its work, and nothing says so yet.</summary>
internal sealed class MortalService(IRpcService inner, MortalDevice device) : IRpcService
{
    public RpcFunction Function => inner.Function;

    public TeeResult Invoke(ref RpcRequest request)
    {
        TeeResult result = inner.Invoke(ref request);
        device.FreezeIfDead();
        device.DieAt(DeathPoint.AfterServing);
        return result;
    }

    public void Undo(ref RpcRequest request) => inner.Undo(ref request);

    public void Delivered(ref RpcRequest request) => inner.Delivered(ref request);

    public bool CanRepeat(ref RpcRequest request) => inner.CanRepeat(ref request);

    public void PrepareRepeat(ref RpcRequest request) => inner.PrepareRepeat(ref request);
}
