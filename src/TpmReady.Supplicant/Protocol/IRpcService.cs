// SPDX-License-Identifier: MIT

using TpmReady.Tpm;

namespace TpmReady.Supplicant.Protocol;

/// <summary>Serves one function of the secure world. Called by many threads at once.</summary>
public interface IRpcService
{
    /// <summary>The function that this service answers.</summary>
    RpcFunction Function { get; }

    /// <summary>
    /// Serves a request, writing results into its parameters. Allocates nothing on the managed heap in steady state.
    /// The request, its parameters and its memory are hostile: every number is checked, everything read once.
    /// </summary>
    TeeResult Invoke(ref RpcRequest request);

    /// <summary>
    /// Takes back what <see cref="Invoke"/> did, because the answer could not be delivered: the client is gone, and
    /// nobody will ever free what it got (the kernel's SUPPL_SEND said ENOENT or EBADF).
    /// </summary>
    void Undo(ref RpcRequest request);

    /// <summary>
    /// The answer was delivered: what <see cref="Invoke"/> only marked may now become final. A closed handle or a freed
    /// buffer may be given out again from here on, not before: until then the same request may have to be served anew.
    /// </summary>
    void Delivered(ref RpcRequest request)
    {
    }

    /// <summary>
    /// Whether the request may be served a second time, after a process died over the first. What sends something out
    /// or counts something cannot: then the requester learns that the outcome is unknown.
    /// </summary>
    bool CanRepeat(ref RpcRequest request) => true;

    /// <summary>
    /// Takes back what an earlier process did for this request before it died. It has not been answered, and is served
    /// anew right after.
    /// </summary>
    void PrepareRepeat(ref RpcRequest request)
    {
    }

    /// <summary>
    /// The supplicant is about to end: waits for peers, which could last, must end now with an error.
    /// </summary>
    void AbortWaits()
    {
    }

    /// <summary>
    /// A successor takes over in a moment, and no request is in hand: lets go what only one process can have. The next
    /// request, if there is one here, takes it again.
    /// </summary>
    void LetGo()
    {
    }
}
