// SPDX-License-Identifier: MIT

using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Handover;

/// <summary>
/// Answers a request that must not be served twice and that an earlier process may have served: the outcome is unknown.
/// Communication is what the requester would have got if it had been interrupted itself (optee_supp_thrd_req).
/// </summary>
internal sealed class InterruptedService : IRpcService
{
    public static readonly InterruptedService Instance = new();

    /// <inheritdoc/>
    /// <remarks>Stands for every function; it is never entered among the services.</remarks>
    public RpcFunction Function => default;

    /// <inheritdoc/>
    public TeeResult Invoke(ref RpcRequest request) => TeeResult.Communication;

    /// <inheritdoc/>
    public void Undo(ref RpcRequest request)
    {
    }
}
