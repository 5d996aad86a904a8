// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace TpmReady.Board.Guest;

/// <summary>The host's end of board/agent/PROTOCOL.md: runs scripts in the guest and writes files there.</summary>
internal sealed class AgentConnection : IAsyncDisposable
{
    // Paths in the protocol are counted in 16 bits, frames in 20; half a frame leaves room for both.
    private const int ContentsPerFrame = 512 * 1024;

    private readonly ConcurrentDictionary<uint, Script> _scripts = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private readonly ulong _nonce = (ulong)Random.Shared.NextInt64(1, long.MaxValue);
    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private Task _reading = Task.CompletedTask;
    private int _lastId;

    private AgentConnection(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket);
    }

    /// <summary>Ends when the agent has answered the first frame.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Connects to the emulator's end of the port; the guest need not run yet.</summary>
    /// <exception cref="SocketException">The emulator does not listen yet.</exception>
    public static async Task<AgentConnection> ConnectAsync(string path, CancellationToken cancellation)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        AgentConnection connection = new(socket);
        connection._reading = connection.ReadLoopAsync();
        byte[] nonce = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(nonce, connection._nonce);
        await connection.WriteAsync(new Frame(FrameType.Hello, 0, nonce), cancellation).ConfigureAwait(false);
        return connection;
    }

    /// <summary>Starts a script.</summary>
    public async Task<Script> RunAsync(string script, Action<string>? listener, CancellationToken cancellation)
    {
        Script running = Register(listener);
        await WriteAsync(new Frame(FrameType.Run, running.Id, Encoding.UTF8.GetBytes(script)), cancellation)
            .ConfigureAwait(false);
        return running;
    }

    /// <summary>Sends a signal to all processes of a script.</summary>
    public Task SignalAsync(Script script, int signal, CancellationToken cancellation) =>
        WriteAsync(new Frame(FrameType.Signal, script.Id, [(byte)signal]), cancellation);

    /// <summary>Writes a file in the guest.</summary>
    public async Task PutAsync(string path, ReadOnlyMemory<byte> contents, int mode, CancellationToken cancellation)
    {
        bool append = false;
        do
        {
            int size = Math.Min(contents.Length, ContentsPerFrame);
            Script put = Register(null);
            byte[] payload = PutPayload(path, contents.Span[..size], mode, append);
            await WriteAsync(new Frame(FrameType.Put, put.Id, payload), cancellation).ConfigureAwait(false);
            await put.Completion.WaitAsync(cancellation).ConfigureAwait(false);
            contents = contents[size..];
            append = true;
        }
        while (!contents.IsEmpty);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _reading.ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
        _writing.Dispose();
        _closing.Dispose();
    }

    private static byte[] PutPayload(string path, ReadOnlySpan<byte> contents, int mode, bool append)
    {
        byte[] name = Encoding.UTF8.GetBytes(path);
        byte[] payload = new byte[7 + name.Length + contents.Length];
        payload[0] = append ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(1), (uint)mode);
        BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(5), (ushort)name.Length);
        name.CopyTo(payload, 7);
        contents.CopyTo(payload.AsSpan(7 + name.Length));
        return payload;
    }

    private Script Register(Action<string>? listener)
    {
        Script script = new((uint)Interlocked.Increment(ref _lastId), listener);
        _scripts[script.Id] = script;
        if (_reading.IsCompleted)
        {
            script.Fail("the board is gone");
        }

        return script;
    }

    private async Task WriteAsync(Frame frame, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await frame.WriteAsync(_stream, cancellation).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw new BoardException("the board is gone", error);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task ReadLoopAsync()
    {
        string reason = "the board is gone";
        try
        {
            while (true)
            {
                Take(await Frame.ReadAsync(_stream, _closing.Token).ConfigureAwait(false));
            }
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException
                                      or ObjectDisposedException)
        {
            // The guest is off, or the connection was closed here: whoever still waits is told below.
        }
        catch (BoardException error)
        {
            reason = error.Message;
        }

        _ready.TrySetException(new BoardException(reason));
        _ = _ready.Task.Exception;
        foreach (Script script in _scripts.Values)
        {
            script.Fail(reason);
            _ = script.Completion.Exception;
        }
    }

    private void Take(Frame frame)
    {
        switch (frame.Type)
        {
            case FrameType.Ready when frame.Payload.Length >= 10:
                if (BinaryPrimitives.ReadUInt64LittleEndian(frame.Payload.AsSpan(2)) == _nonce)
                {
                    _ready.TrySetResult();
                }

                break;
            case FrameType.Out when _scripts.TryGetValue(frame.Id, out Script? script):
                script.Append(frame.Payload);
                break;
            case FrameType.Exit when frame.Payload.Length == 4 && _scripts.TryRemove(frame.Id, out Script? script):
                script.End(frame.Payload);
                break;
            case FrameType.Error:
                TakeError(frame);
                break;
            default:
                // Frames left over from an earlier connection to the same guest.
                break;
        }
    }

    private void TakeError(Frame frame)
    {
        string text = frame.Payload.Length > 1 ? Encoding.UTF8.GetString(frame.Payload.AsSpan(1)) : "no reason given";
        bool endsJob = frame.Payload.Length > 0
            && (FrameType)frame.Payload[0] is FrameType.Run or FrameType.Put or FrameType.RunWithStdin;
        if (endsJob && _scripts.TryRemove(frame.Id, out Script? script))
        {
            script.Fail("the board's agent refused: " + text);
        }
    }
}
