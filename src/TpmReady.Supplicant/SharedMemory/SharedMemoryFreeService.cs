// SPDX-License-Identifier: MIT

using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.SharedMemory;

/// <summary>
/// SHM_FREE: value in-out, b = id (cmd_free_suppl in drivers/tee/optee/rpc.c, which drops the secure world's reference
/// first). The object may be given out again only after the answer is delivered: until then this request may be served
/// anew.
/// </summary>
public sealed class SharedMemoryFreeService(SharedMemoryTable table) : IRpcService
{
    /// <inheritdoc/>
    public RpcFunction Function => RpcFunction.SharedMemoryFree;

    /// <inheritdoc/>
    public TeeResult Invoke(ref RpcRequest request)
    {
        if (!request.HasTypes(TeeParameterType.ValueInOut))
        {
            return TeeResult.BadParameters;
        }

        return table.TryFree(request.Parameters[0].B, request.Slot) ? TeeResult.Success : TeeResult.BadParameters;
    }

    /// <summary>
    /// The object stays freed: the secure world gave it up before it asked, and nobody will ask again.
    /// </summary>
    public void Undo(ref RpcRequest request) => table.Settle(request.Slot);

    /// <inheritdoc/>
    public void PrepareRepeat(ref RpcRequest request) => table.Forget(request.Slot);

    /// <inheritdoc/>
    public void Delivered(ref RpcRequest request) => table.Settle(request.Slot);
}
