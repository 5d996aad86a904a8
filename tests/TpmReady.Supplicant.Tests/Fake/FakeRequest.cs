// SPDX-License-Identifier: MIT

using System;
using System.Threading;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Fake;

/// <summary>A request of the secure world, in the context of a client that waits for its answer.</summary>
internal sealed class FakeRequest(FakeKernel kernel, RpcFunction function, TeeParameter[] parameters)
{
    /// <summary>What is asked for.</summary>
    public RpcFunction Function => function;

    /// <summary>The parameters; after the answer, with what the kernel copied back.</summary>
    public TeeParameter[] Parameters => parameters;

    /// <summary>Where the request is.</summary>
    public FakeRequestState State { get; internal set; }

    /// <summary>The kernel's id, 0 while there is none.</summary>
    public int Id { get; internal set; }

    /// <summary>Whether the client was killed after a supplicant had received the request.</summary>
    public bool IsRevoked { get; internal set; }

    /// <summary>What the secure world got to hear.</summary>
    public TeeResult Result { get; internal set; }

    /// <summary>Waits for the answer.</summary>
    /// <exception cref="TimeoutException">None came within ten seconds.</exception>
    public FakeRequest Wait()
    {
        lock (kernel.Gate)
        {
            while (State != FakeRequestState.Done)
            {
                if (!Monitor.Wait(kernel.Gate, TimeSpan.FromSeconds(10)))
                {
                    throw new TimeoutException($"{function} was not answered; it is {State}.");
                }
            }
        }

        return this;
    }

    /// <summary>Waits until a supplicant received it.</summary>
    public void WaitUntilDelivered()
    {
        lock (kernel.Gate)
        {
            while (State == FakeRequestState.Queued)
            {
                if (!Monitor.Wait(kernel.Gate, TimeSpan.FromSeconds(10)))
                {
                    throw new TimeoutException($"{function} was not received.");
                }
            }
        }
    }

    /// <summary>Kills the client: SIGKILL while it waits (optee_supp_thrd_req).</summary>
    public void Kill() => kernel.Kill(this);
}
