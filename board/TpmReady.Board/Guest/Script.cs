// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.Text;
using System.Threading.Tasks;

namespace TpmReady.Board.Guest;

/// <summary>A script that runs in the guest: collects its output as it comes.</summary>
public sealed class Script
{
    private readonly StringBuilder _output = new();
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly TaskCompletionSource<ScriptResult> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<string>? _listener;

    internal Script(uint id, Action<string>? listener)
    {
        Id = id;
        _listener = listener;
    }

    /// <summary>Ends when the script ends, or fails when the board goes away.</summary>
    public Task<ScriptResult> Completion => _end.Task;

    /// <summary>What the script has printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    internal uint Id { get; }

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        // A frame may end in the middle of a character; the decoder keeps the half for the next one.
        char[] text = new char[_decoder.GetCharCount(bytes, flush: false)];
        _decoder.GetChars(bytes, text, flush: false);
        string piece = new(text);
        lock (_output)
        {
            _output.Append(piece);
        }

        _listener?.Invoke(piece);
    }

    internal void End(ReadOnlySpan<byte> payload) =>
        _end.TrySetResult(new ScriptResult(BinaryPrimitives.ReadInt32LittleEndian(payload), Output));

    internal void Fail(string reason) =>
        _end.TrySetException(new BoardException($"{reason}; the script had printed: {Output}"));
}
