// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>One request as the kernel carries it, and what became of it.</summary>
internal sealed class FuzzExchange(int id)
{
    /// <summary>The most parameters: what an argument has room for beside the transport's.</summary>
    public const int Room = TeeAbi.MaximumParameters - 1;

    private readonly TeeParameter[] _sent = new TeeParameter[Room];
    private readonly TeeParameter[] _answer = new TeeParameter[Room];

    /// <summary>The kernel's number of the request.</summary>
    public int Id { get; } = id;

    public RpcFunction Function { get; set; }

    public int Count { get; set; }

    /// <summary>How often it was answered.</summary>
    public int Answers { get; set; }

    public TeeResult Result { get; set; }

    /// <summary>What SEND says to the answer: 0, or that the client is gone.</summary>
    public int SendError { get; set; }

    /// <summary>Whether SEND is interrupted first.</summary>
    public bool IsInterrupted { get; set; }

    /// <summary>Whether nothing is wrong with it.</summary>
    public bool IsValid { get; set; }

    /// <summary>Whether the secure world changes its memory, frees it or closes its socket meanwhile.</summary>
    public bool IsHostile { get; set; }

    /// <summary>Whether the answer reached its requester.</summary>
    public bool IsDelivered => SendError == 0;

    /// <summary>The parameters as they were sent.</summary>
    public Span<TeeParameter> Sent => _sent.AsSpan(0, Count);

    /// <summary>The parameters of the answer.</summary>
    public Span<TeeParameter> Answer => _answer.AsSpan(0, Count);

    /// <summary>The first value, which names the operation for some functions; -1 if there is none.</summary>
    public int Operation
    {
        get
        {
            int first = FuzzView.CountTransport(Sent);
            return Function is RpcFunction.FileSystem or RpcFunction.Socket && Count > first && _sent[first].A < 16
                ? (int)_sent[first].A
                : -1;
        }
    }

    public void Begin(RpcFunction function)
    {
        Function = function;
        Count = 0;
        Answers = 0;
        SendError = 0;
        IsInterrupted = false;
        IsValid = true;
        IsHostile = false;
        Result = TeeResult.Success;
    }

    public FuzzExchange Add(TeeParameterType type, ulong a = 0, ulong b = 0, ulong c = 0)
    {
        Add(new TeeParameter { Attributes = (ulong)type, A = a, B = b, C = c });
        return this;
    }

    public void Add(TeeParameter parameter)
    {
        if (Count < Room)
        {
            _sent[Count++] = parameter;
        }
    }

    public override string ToString()
    {
        string text = $"{Function} (operation {Operation}) -> {Result}, SEND says {SendError}"
            + (IsHostile ? ", memory changes" : "") + (IsValid ? ", valid" : "");
        for (int i = 0; i < Count; i++)
        {
            text += $"\n  sent   {i}: {Text(_sent[i])}\n  answer {i}: {Text(_answer[i])}";
        }

        return text;
    }

    private static string Text(TeeParameter parameter) =>
        $"attributes {parameter.Attributes:x} a {parameter.A:x} b {parameter.B:x} c {parameter.C:x}";
}
