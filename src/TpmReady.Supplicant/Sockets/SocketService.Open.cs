// SPDX-License-Identifier: MIT

using System;
using System.Text;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Network;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Sockets;

/// <content>
/// OPEN: value in (b = instance), value in (a = port, b = protocol, c = IP version), memory in (host), value out (a =
/// handle). A host in numbers costs two system calls for UDP and three for TCP, and no managed memory; a name costs a
/// thread.
/// </content>
internal sealed partial class SocketService
{
    // The protocol's number in the TEE Sockets API, and TEE_ipSocket_ipVersion (tee_ipsocket.h).
    private const ulong Tcp = 0x65;
    private const ulong Udp = 0x66;
    private const int AnyVersion = 0;
    private const int Version4 = 1;
    private const int Version6 = 2;

    private TeeResult Open(ref RpcRequest request)
    {
        if (!IsOpen(ref request))
        {
            return TeeResult.BadParameters;
        }

        request.Parameters[3].A = 0;
        TeeParameter setup = request.Parameters[1];
        int family = setup.C switch
        {
            AnyVersion => Libc.AF_UNSPEC,
            Version4 => Libc.AF_INET,
            Version6 => Libc.AF_INET6,
            _ => -1,
        };
        if (family < 0 || setup.B is not (Tcp or Udp))
        {
            return TeeResult.BadParameters;
        }

        Span<byte> host = stackalloc byte[HostName.Size];
        if (!HostName.TryCopy(request.GetMemory(2), host, out int length))
        {
            return TeeResult.SocketHostname;
        }

        SocketEntry? entry = _table.Reserve(request.Parameters[0].B, isDatagram: setup.B == Udp);
        if (entry is null)
        {
            _log.Write(LogLevel.Warning, "A TA wants more sockets than it may have.");
            return TeeResult.SocketOutOfResources;
        }

        try
        {
            TeeResult result = Connect(entry, host[..(length + 1)], family, (ushort)setup.A, isOpening: true);
            int handle = result == TeeResult.Success ? _table.Publish(entry) : 0;
            request.Parameters[3].A = (ulong)handle;
            return result == TeeResult.Success && handle == 0 ? TeeResult.Communication : result;
        }
        finally
        {
            _table.Release(entry);
        }
    }

    private static bool IsOpen(ref RpcRequest request) =>
        request.HasTypes(
            TeeParameterType.ValueInput,
            TeeParameterType.ValueInput,
            TeeParameterType.MemoryInput,
            TeeParameterType.ValueOutput)
        && request.Parameters[0].A == (ulong)SocketOperation.Open;

    /// <summary>
    /// Connects to the first of a host's addresses that answers; the last error is the result. All together may last as
    /// long as <see cref="SocketLimits.ConnectTimeout"/>.
    /// </summary>
    /// <param name="entry">A reserved entry, or an acquired UDP socket.</param>
    /// <param name="host">The host with a NUL.</param>
    /// <param name="family">AF_UNSPEC, AF_INET or AF_INET6.</param>
    /// <param name="port">The port.</param>
    /// <param name="isOpening">Whether a new socket is made for each address.</param>
    private TeeResult Connect(SocketEntry entry, ReadOnlySpan<byte> host, int family, ushort port, bool isOpening)
    {
        Deadline deadline = Deadline.After((uint)_limits.ConnectTimeout.TotalMilliseconds);
        Span<InternetAddress> addresses = stackalloc InternetAddress[HostResolver.MaximumAddresses];
        TeeResult result = Resolve(entry, host, family, port, deadline, addresses, out int count, out bool isName);
        ReadOnlySpan<byte> name = isName ? host[..^1] : [];
        for (int i = 0; i < count; i++)
        {
            InternetAddress address = addresses[i].WithPort(port);
            if (!_policy.Allows(name, address))
            {
                ReportRefusal(host, port);
                result = result == TeeResult.Success ? TeeResult.AccessDenied : result;
                continue;
            }

            result = isOpening
                ? ConnectNew(entry, address, deadline.Share(count - i))
                : OfConnect(_operations.Connect(entry.Descriptor, address));
            if (result == TeeResult.Success)
            {
                _table.SetPeer(entry, address, _policy.LooksAtNames ? name.ToArray() : []);
                return result;
            }
        }

        return result;
    }

    private TeeResult Resolve(
        SocketEntry entry,
        ReadOnlySpan<byte> host,
        int family,
        ushort port,
        Deadline deadline,
        Span<InternetAddress> addresses,
        out int count,
        out bool isName)
    {
        int type = GetSocketType(entry);
        count = _resolver.Parse(host, family, type, addresses);
        isName = count == 0;
        if (!isName)
        {
            return TeeResult.Success;
        }

        if (!_policy.MayLookUp(host[..^1], port))
        {
            ReportRefusal(host, port);
            return TeeResult.AccessDenied;
        }

        return _resolver.LookUp(host[..^1], family, type, deadline, addresses, out count);
    }

    private TeeResult ConnectNew(SocketEntry entry, in InternetAddress address, Deadline deadline)
    {
        int descriptor = _operations.Open(address.Family, GetSocketType(entry));
        if (descriptor < 0)
        {
            return SocketErrors.OfOpen(-descriptor);
        }

        if (!_table.TryAttach(entry, descriptor))
        {
            _operations.Close(descriptor);
            return TeeResult.Communication;
        }

        int error = _operations.Connect(descriptor, address);

        // Interrupted, a connection goes on to be made all the same (connect(2)).
        TeeResult result = error is -Errno.EINPROGRESS or -Errno.EINTR
            ? WaitForConnection(entry, deadline)
            : OfConnect(error);
        if (result != TeeResult.Success)
        {
            _table.Detach(entry);
        }

        return result;
    }

    private TeeResult WaitForConnection(SocketEntry entry, Deadline deadline)
    {
        WaitOutcome outcome = _waits.Wait(entry, Libc.POLLOUT, deadline, out bool hasError);
        return outcome switch
        {
            WaitOutcome.Ready when hasError => OfConnect(_operations.GetError(entry.Descriptor)),
            WaitOutcome.Ready => TeeResult.Success,
            WaitOutcome.Closed => TeeResult.Communication,
            _ => SocketErrors.Of(outcome),
        };
    }

    private static TeeResult OfConnect(int result) =>
        result < 0 ? SocketErrors.OfConnect(-result) : TeeResult.Success;

    private static int GetSocketType(SocketEntry entry) => entry.IsDatagram ? Libc.SOCK_DGRAM : Libc.SOCK_STREAM;

    private void ReportRefusal(ReadOnlySpan<byte> host, ushort port)
    {
        if (_log.IsEnabled(LogLevel.Warning))
        {
            ReportRefusal($"{Encoding.ASCII.GetString(host[..^1])}, port {port}");
        }
    }

    private void ReportRefusal(object peer) =>
        _log.Write(LogLevel.Warning, $"A TA may not connect to {peer}: no --socket-allow fits.");
}
