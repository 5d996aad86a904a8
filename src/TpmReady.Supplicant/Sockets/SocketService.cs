// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Linux.Network;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Sockets;

/// <summary>
/// SOCKET: TCP and UDP for TAs. The first parameter is a value in: a = the operation, b = the instance of the TA,
/// c = the handle. Requests wait for peers as long as the TA says, and no longer than the socket lives.
/// </summary>
internal sealed partial class SocketService : IRpcService
{
    private readonly ISocketOperations _operations;
    private readonly SocketPolicy _policy;
    private readonly SocketLimits _limits;
    private readonly SocketTable _table;
    private readonly SocketWaits _waits;
    private readonly HostResolver _resolver;
    private readonly bool _isStrict;
    private readonly ILog _log;

    /// <summary>A service without sockets yet.</summary>
    /// <param name="operations">The system calls.</param>
    /// <param name="policy">Where TAs may connect to.</param>
    /// <param name="limits">How many sockets and waits, and how long a connection may take to come about.</param>
    /// <param name="isStrict">
    /// Whether the end of a TCP stream is reported as GlobalPlatform has it (REMOTE_CLOSED) instead of as the C
    /// supplicant does (no bytes).
    /// </param>
    /// <param name="log">Where refusals are reported.</param>
    public SocketService(
        ISocketOperations operations, SocketPolicy policy, SocketLimits limits, bool isStrict, ILog log)
    {
        _operations = operations;
        _policy = policy;
        _limits = limits;
        _isStrict = isStrict;
        _log = log;
        _table = new SocketTable(operations, limits);
        _waits = new SocketWaits(operations, limits.MaximumWaits);
        _resolver = new HostResolver(operations, _waits, limits.MaximumLookups);
    }

    /// <inheritdoc/>
    public RpcFunction Function => RpcFunction.Socket;

    /// <summary>How many sockets TAs have.</summary>
    public int OpenCount => _table.Count;

    /// <summary>How many threads wait for peers.</summary>
    public int WaitCount => _waits.Count;

    /// <summary>All open sockets, for a successor. Ask while no request is served.</summary>
    public List<PassedSocket> GetOpen() => _table.GetOpen();

    /// <summary>Takes a predecessor's socket; one for which there is no place is closed.</summary>
    public void Adopt(in PassedSocket socket)
    {
        if (!_table.TryAdopt(socket))
        {
            _operations.Close(socket.Descriptor);
        }
    }

    /// <inheritdoc/>
    public TeeResult Invoke(ref RpcRequest request)
    {
        if (request.Parameters.IsEmpty
            || request.Parameters[0].Attributes != (ulong)TeeParameterType.ValueInput)
        {
            return TeeResult.BadParameters;
        }

        switch ((SocketOperation)request.Parameters[0].A)
        {
            case SocketOperation.Open:
                return Open(ref request);
            case SocketOperation.Close:
                return Close(ref request);
            case SocketOperation.CloseAll:
                return CloseAll(ref request);
            case SocketOperation.Send:
                return Send(ref request);
            case SocketOperation.Receive:
                return Receive(ref request);
            case SocketOperation.Control:
                return Control(ref request);
            default:
                return TeeResult.BadParameters;
        }
    }

    /// <summary>
    /// A socket that nobody got to know is closed. What was sent or closed cannot be taken back, and what was received
    /// is lost with the TA that it was for.
    /// </summary>
    public void Undo(ref RpcRequest request)
    {
        if (IsOpen(ref request) && request.Parameters[3].A != 0)
        {
            _table.Close(request.Parameters[0].B, request.Parameters[3].A);
        }
    }

    /// <inheritdoc/>
    public void AbortWaits()
    {
        _waits.Abort();
        _table.Wake();
        _resolver.Wake();
    }

    private TeeResult Close(ref RpcRequest request)
    {
        TeeParameter target = request.Parameters[0];
        return request.HasTypes(TeeParameterType.ValueInput) && _table.Close(target.B, target.C)
            ? TeeResult.Success
            : TeeResult.BadParameters;
    }

    private TeeResult CloseAll(ref RpcRequest request)
    {
        if (!request.HasTypes(TeeParameterType.ValueInput))
        {
            return TeeResult.BadParameters;
        }

        _table.CloseAll(request.Parameters[0].B);
        return TeeResult.Success;
    }

    /// <summary>The socket that the request names, acquired; null if its TA has no such socket.</summary>
    private SocketEntry? Acquire(ref RpcRequest request) =>
        _table.Acquire(request.Parameters[0].B, request.Parameters[0].C);
}
