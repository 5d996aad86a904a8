// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Threading;

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>
/// The kernel's side of /dev/teepriv0 for one program: what optee_supp_recv(), optee_supp_send(), tee_shm_register()
/// and optee_open() do (drivers/tee), spoken with shim.c over a socket.
/// </summary>
internal sealed partial class TeeKernel : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<Socket> _connections = [];
    private readonly Lock _connectionLock = new();
    private readonly string _faults;

    public TeeKernel(string directory)
    {
        SocketPath = Path.Combine(directory, "kernel");
        _faults = Path.Combine(directory, "faults");
        File.WriteAllBytes(_faults, new byte[4096]);
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen(100);
        new Thread(Accept, 256 * 1024) { IsBackground = true, Name = "scripted kernel" }.Start();
    }

    /// <summary>Where shim.c connects.</summary>
    public string SocketPath { get; }

    /// <summary>The file from which shim.c takes the errors of calls.</summary>
    public string FaultPath => _faults;

    /// <summary>Makes a call fail with an error from now on; with 0 no longer.</summary>
    public void Inject(Fault fault, int error)
    {
        using FileStream stream = new(_faults, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        stream.Position = (int)fault * sizeof(int);
        stream.Write(BitConverter.GetBytes(error));
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_connectionLock)
        {
            _connections.ForEach(static connection => connection.Dispose());
        }
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                Socket connection = _listener.Accept();
                lock (_connectionLock)
                {
                    _connections.Add(connection);
                }

                new Thread(() => Serve(connection), 256 * 1024) { IsBackground = true }.Start();
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private void Serve(Socket connection)
    {
        byte[] message = new byte[16];
        try
        {
            int process = FindPeer(connection);
            while (ReadFully(connection, message))
            {
                Handle(
                    connection,
                    process,
                    (Operation)BitConverter.ToUInt32(message, 0),
                    BitConverter.ToUInt32(message, 4),
                    BitConverter.ToUInt64(message, 8));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The program is gone, or the test is over.
        }

        lock (_connectionLock)
        {
            _connections.Remove(connection);
        }

        connection.Dispose();
    }

    /// <summary>Who connected: struct ucred of unix(7), the process first.</summary>
    private static int FindPeer(Socket connection)
    {
        const int socketLevel = 1;
        const int peerCredentials = 17;
        byte[] credentials = new byte[3 * sizeof(int)];
        _ = connection.GetRawSocketOption(socketLevel, peerCredentials, credentials);
        return BitConverter.ToInt32(credentials, 0);
    }

    private static bool ReadFully(Socket connection, byte[] message)
    {
        int length = 0;
        while (length < message.Length)
        {
            int count = connection.Receive(message.AsSpan(length));
            if (count == 0)
            {
                return false;
            }

            length += count;
        }

        return true;
    }

    private static void Answer(Socket connection, int error, int value = 0)
    {
        Span<byte> answer = stackalloc byte[8];
        BitConverter.TryWriteBytes(answer, error);
        BitConverter.TryWriteBytes(answer[4..], value);
        try
        {
            connection.Send(answer);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The program has just ended; whoever waits for it notices.
        }
    }

    /// <summary>The operations of shim.c.</summary>
    private enum Operation
    {
        Hello = 1,
        Open,
        Ioctl,
        Close,
        Cancel,
        Kept,
        Begin,
        Point,
    }
}
