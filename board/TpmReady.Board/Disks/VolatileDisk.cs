// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;

namespace TpmReady.Board.Disks;

/// <summary>
/// A disk for a board whose write cache is lost in a power cut. The emulator writes to an image through the host's page
/// cache, which survives when the emulator is killed; this one speaks NBD with the emulator and decides itself what survives.
/// </summary>
public sealed class VolatileDisk : IAsyncDisposable
{
    // A flush that cost nothing would leave hardly a moment at which something is not flushed. Cheap flash takes as long.
    private static readonly TimeSpan FlushTime = TimeSpan.FromMilliseconds(10);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _gate = new();
    private WriteCache _cache;
    private readonly Socket _listener;
    private readonly string _directory;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _serving;
    private readonly bool _losesFlushed;
    private TaskCompletionSource? _paused;
    private int _flushesToPause;
    private bool _cut;

    private VolatileDisk(WriteCache cache, Socket listener, string directory, bool losesFlushed)
    {
        _cache = cache;
        _losesFlushed = losesFlushed;
        _listener = listener;
        _directory = directory;
        SocketPath = PathOf(directory);
        _serving = ServeAsync();
    }

    /// <summary>Where the emulator finds it.</summary>
    public string SocketPath { get; }

    /// <summary>How many flushes there were.</summary>
    public long Flushes
    {
        get
        {
            lock (_gate)
            {
                return _cache.Flushes;
            }
        }
    }

    /// <summary>How many blocks would be lost now.</summary>
    public int Unflushed
    {
        get
        {
            lock (_gate)
            {
                return _cache.Unflushed;
            }
        }
    }

    /// <summary>Serves an image until it is disposed.</summary>
    /// <param name="image">The medium: has what was flushed.</param>
    /// <param name="losesFlushed">A disk that lies: it says that it has flushed, and has not.</param>
    public static VolatileDisk Start(string image, bool losesFlushed = false)
    {
        WriteCache cache = new(Open(image), losesFlushed);
        // The path of a unix socket has at most 107 bytes (sockaddr_un).
        string directory = Directory.CreateTempSubdirectory("disk-").FullName;
        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(PathOf(directory)));
        listener.Listen();
        return new VolatileDisk(cache, listener, directory, losesFlushed);
    }

    /// <summary>
    /// From now on requests wait. Before a cut: a flush that was going on when the power went must not end afterwards.
    /// </summary>
    public Task PauseAsync(CancellationToken cancellation = default) => _turn.WaitAsync(cancellation);

    /// <summary>The same, but the pause begins when a flush is to take effect: the n-th from now on.</summary>
    public Task PauseAtFlushAsync(int flush, CancellationToken cancellation = default)
    {
        _paused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _flushesToPause, flush);
        return _paused.Task.WaitAsync(cancellation);
    }

    /// <summary>Ends a pause.</summary>
    public void Resume() => _turn.Release();

    /// <summary>The power is cut; nothing is answered any more.</summary>
    public CutOutcome Cut(Survival survival, Random random)
    {
        lock (_gate)
        {
            _cut = true;
            return _cache.Cut(survival, random);
        }
    }

    /// <summary>
    /// Gives a new file what a power cut would leave now; the disk goes on. Pause it, freeze the emulator
    /// (<see cref="EmulatedBoard.FreezeAsync"/>), and read what had left that: then the two fit together.
    /// </summary>
    public CutOutcome SetAside(string path, Survival survival, Random random)
    {
        lock (_gate)
        {
            return _cache.SetAside(path, survival, random);
        }
    }

    /// <summary>Another medium of the same size, for a guest that uses the disk at the moment not at all.</summary>
    public void Change(string image)
    {
        lock (_gate)
        {
            _cache.Flush();
            _cache.Dispose();
            _cache = new WriteCache(Open(image), _losesFlushed);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _serving.ConfigureAwait(false);
        _cache.Dispose();
        _turn.Dispose();
        _end.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static SafeFileHandle Open(string image) =>
        File.OpenHandle(image, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

    private static string PathOf(string directory) => Path.Combine(directory, "nbd");

    /// <summary>One client after the other, each until it goes or the power is cut.</summary>
    private async Task ServeAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                using Socket client = await _listener.AcceptAsync(_end.Token).ConfigureAwait(false);
                NetworkStream stream = new(client);
                await using (stream.ConfigureAwait(false))
                {
                    if (await NbdHandshake.NegotiateAsync(stream, _cache.Bytes, _end.Token).ConfigureAwait(false))
                    {
                        await TransmitAsync(stream).ConfigureAwait(false);
                    }
                }
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
            {
                // The emulator was killed, or this disk ends.
            }
        }
    }

    private async Task TransmitAsync(NetworkStream stream)
    {
        while (await NbdRequest.ReadAsync(stream, _end.Token).ConfigureAwait(false) is { } request)
        {
            if (request.Command == NbdCommand.Flush)
            {
                await Task.Delay(FlushTime, _end.Token).ConfigureAwait(false);
                if (Interlocked.Decrement(ref _flushesToPause) == 0)
                {
                    await _turn.WaitAsync(_end.Token).ConfigureAwait(false);
                    _paused?.SetResult();
                }
            }

            byte[]? answer = await TakeTurnAsync(request).ConfigureAwait(false);
            if (answer is null)
            {
                return;
            }

            await stream.WriteAsync(answer, _end.Token).ConfigureAwait(false);
        }
    }

    private async Task<byte[]?> TakeTurnAsync(NbdRequest request)
    {
        await _turn.WaitAsync(_end.Token).ConfigureAwait(false);
        try
        {
            return Do(request);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The answer to a request, or null once the power is off.</summary>
    private byte[]? Do(NbdRequest request)
    {
        lock (_gate)
        {
            if (_cut)
            {
                return null;
            }

            if (!request.IsWhole(_cache.Bytes, WriteCache.BlockBytes))
            {
                return request.Refuse();
            }

            byte[] answer = request.Accept(out Span<byte> data);
            switch (request.Command)
            {
                case NbdCommand.Read: _cache.Read(request.Offset, data); break;
                case NbdCommand.Write: _cache.Write(request.Offset, request.Data, request.ForcesUnitAccess); break;
                case NbdCommand.Flush: _cache.Flush(); break;
                default: return request.Refuse();
            }

            return answer;
        }
    }
}
