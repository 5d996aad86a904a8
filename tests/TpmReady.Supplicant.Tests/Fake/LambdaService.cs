// SPDX-License-Identifier: MIT

using System.Threading;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Fake;

/// <summary>A service in a line, which counts what becomes of its requests.</summary>
internal sealed class LambdaService(RpcFunction function, LambdaService.Body body) : IRpcService
{
    private int _undone;
    private int _delivered;
    private int _aborted;

    public delegate TeeResult Body(ref RpcRequest request);

    public RpcFunction Function => function;

    public int Undone => Volatile.Read(ref _undone);

    public int DeliveredCount => Volatile.Read(ref _delivered);

    /// <summary>How often it was told to end waits.</summary>
    public int Aborted => Volatile.Read(ref _aborted);

    /// <summary>Set when it is told to end waits.</summary>
    public ManualResetEventSlim Abort { get; } = new();

    public TeeResult Invoke(ref RpcRequest request) => body(ref request);

    public void Undo(ref RpcRequest request) => Interlocked.Increment(ref _undone);

    public void Delivered(ref RpcRequest request) => Interlocked.Increment(ref _delivered);

    public void AbortWaits()
    {
        Interlocked.Increment(ref _aborted);
        Abort.Set();
    }
}
