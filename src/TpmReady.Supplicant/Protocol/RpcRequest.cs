// SPDX-License-Identifier: MIT

using System;
using System.Runtime.CompilerServices;
using TpmReady.Linux.Tee;

namespace TpmReady.Supplicant.Protocol;

/// <summary>One request while it is served: its parameters in place, and the memory that it pins.</summary>
public ref struct RpcRequest
{
    private readonly ISharedMemory _memory;
    private Pins _pins;
    private int _pinCount;

    /// <summary>A view of a received request.</summary>
    /// <param name="function">What is asked for; any 32-bit value.</param>
    /// <param name="slot">The number of the arena slot that holds the request.</param>
    /// <param name="parameters">The parameters after the transport's own.</param>
    /// <param name="memory">Where memory references are looked up.</param>
    public RpcRequest(RpcFunction function, int slot, Span<TeeParameter> parameters, ISharedMemory memory)
    {
        Function = function;
        Slot = slot;
        Parameters = parameters;
        _memory = memory;
        _pins = default;
        _pinCount = 0;
    }

    /// <summary>What is asked for.</summary>
    public RpcFunction Function { get; }

    /// <summary>The number of the arena slot that holds the request.</summary>
    public int Slot { get; }

    /// <summary>The parameters, without those of the transport; results are written here.</summary>
    public Span<TeeParameter> Parameters { get; }

    /// <summary>Whether an earlier process may have served the request in part before it died.</summary>
    public bool IsRepeat { get; init; }

    /// <summary>Whether there is exactly this parameter, of exactly this type, and no stray attribute bit.</summary>
    public readonly bool HasTypes(TeeParameterType first) => Parameters.Length == 1 && Has(0, first);

    /// <summary>
    /// Whether there are exactly these parameters, of exactly these types, and no stray attribute bits.
    /// </summary>
    public readonly bool HasTypes(TeeParameterType first, TeeParameterType second) =>
        Parameters.Length == 2 && Has(0, first) && Has(1, second);

    /// <summary>
    /// Whether there are exactly these parameters, of exactly these types, and no stray attribute bits.
    /// </summary>
    public readonly bool HasTypes(TeeParameterType first, TeeParameterType second, TeeParameterType third) =>
        Parameters.Length == 3 && Has(0, first) && Has(1, second) && Has(2, third);

    /// <summary>
    /// Whether there are exactly these parameters, of exactly these types, and no stray attribute bits.
    /// </summary>
    public readonly bool HasTypes(
        TeeParameterType first, TeeParameterType second, TeeParameterType third, TeeParameterType fourth) =>
        Parameters.Length == 4 && Has(0, first) && Has(1, second) && Has(2, third) && Has(3, fourth);

    /// <summary>Whether there is no parameter at all.</summary>
    public readonly bool HasTypes() => Parameters.IsEmpty;

    /// <summary>
    /// The memory that parameter <paramref name="index"/> refers to, pinned until the request ends.
    /// The id is compared in full: truncating it would let one object stand in for another.
    /// </summary>
    public MemoryReference GetMemory(int index)
    {
        TeeParameter parameter = Parameters[index];
        if (parameter.C == TeeParameter.NoMemory || _pinCount == Pins.Count
            || !_memory.TryPin(parameter.C, out nint address, out nuint length, out int pin))
        {
            return new MemoryReference(MemoryState.Null, []);
        }

        _pins[_pinCount++] = pin;
        if (parameter.A > length || parameter.B > length - parameter.A || parameter.B > int.MaxValue)
        {
            return new MemoryReference(MemoryState.OutOfBounds, []);
        }

        unsafe
        {
            return new MemoryReference(
                MemoryState.Valid, new Span<byte>((byte*)address + (nuint)parameter.A, (int)parameter.B));
        }
    }

    /// <summary>Releases the memory that the request pinned.</summary>
    public void Dispose()
    {
        while (_pinCount > 0)
        {
            _memory.Unpin(_pins[--_pinCount]);
        }
    }

    private readonly bool Has(int index, TeeParameterType type) => Parameters[index].Attributes == (ulong)type;

    [InlineArray(Count)]
    private struct Pins
    {
        // A request has at most four parameters (THREAD_RPC_MAX_NUM_PARAMS in OP-TEE); twice that leaves room for
        // reading a reference again.
        public const int Count = 8;
        private int _first;
    }
}
