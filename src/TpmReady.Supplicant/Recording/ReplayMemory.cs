// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;

namespace TpmReady.Supplicant.Recording;

/// <summary>Memory for one replayed request: each object as long as the references to it reach.</summary>
internal sealed unsafe class ReplayMemory : ISharedMemory, IDisposable
{
    // A supplicant lends no more in one object (SupplicantLimits); a recording that claims more is answered with less.
    private const ulong MaximumLength = 16 << 20;

    private readonly Dictionary<ulong, (nint Address, nuint Length)> _objects = [];

    /// <summary>Makes the objects of a request, with what came in.</summary>
    public ReplayMemory(RecordedRequest request)
    {
        Dictionary<ulong, ulong> lengths = [];
        foreach (TeeParameter parameter in request.Received)
        {
            if (TryEnd(parameter, out ulong end))
            {
                lengths[parameter.C] = Math.Max(end, lengths.GetValueOrDefault(parameter.C));
            }
        }

        foreach ((ulong id, ulong length) in lengths)
        {
            _objects[id] = ((nint)NativeMemory.AllocZeroed((nuint)Math.Max(length, 1)), (nuint)length);
        }

        for (int i = 0; i < request.Received.Length; i++)
        {
            TeeParameter parameter = request.Received[i];
            if (TryEnd(parameter, out _) && (ulong)request.Incoming[i].Length <= parameter.B)
            {
                request.Incoming[i].CopyTo(Bytes(parameter));
            }
        }
    }

    /// <summary>What a reference refers to; empty if it is none, or one beyond all limits.</summary>
    public Span<byte> Bytes(TeeParameter parameter) =>
        TryEnd(parameter, out _) && _objects.TryGetValue(parameter.C, out (nint Address, nuint Length) found)
            ? new Span<byte>((byte*)found.Address + (nuint)parameter.A, (int)parameter.B)
            : [];

    /// <inheritdoc/>
    public bool TryPin(ulong id, out nint address, out nuint length, out int pin)
    {
        bool isThere = _objects.TryGetValue(id, out (nint Address, nuint Length) found);
        (address, length, pin) = (found.Address, found.Length, 0);
        return isThere;
    }

    /// <inheritdoc/>
    public void Unpin(int pin)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((nint address, _) in _objects.Values)
        {
            NativeMemory.Free((void*)address);
        }

        _objects.Clear();
    }

    private static bool TryEnd(TeeParameter parameter, out ulong end)
    {
        end = unchecked(parameter.A + parameter.B);
        return RecordBuffer.IsMemory(parameter) && parameter.C != TeeParameter.NoMemory
            && parameter.A <= MaximumLength && parameter.B <= MaximumLength && end <= MaximumLength;
    }
}
