// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Device;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>
/// The kernel in its simplest form: the thread that posts a request receives it and answers it. It looks at every
/// answer as strictly as the driver does, and stricter.
/// </summary>
internal sealed unsafe class FuzzDevice(StateArena arena, FuzzFaults faults, bool registers, bool numbers) : ITeeDevice
{
    private const int FirstDescriptor = 1 << 20;

    private readonly List<FuzzMemory?> _memory = [null];
    private FuzzExchange? _next;
    private FuzzExchange? _outstanding;
    private FuzzExchange? _outer;

    public TeeVersion Version { get; } =
        new(TeeVersion.OpTee, 1, TeeVersion.Privileged | (registers ? TeeVersion.RegisteredMemory : 0u));

    /// <summary>Whether requests have numbers, so that there can be many at once.</summary>
    public bool NumbersRequests => numbers;

    /// <summary>The error of the next attempt to make memory known; 0 for none.</summary>
    public int MemoryError { get; set; }

    /// <summary>How many objects are known that are larger than the pool's buffers.</summary>
    public int LargeObjects { get; private set; }

    /// <summary>How often memory was made known.</summary>
    public int Registrations { get; private set; }

    /// <summary>The objects that the supplicant made known and did not release, by their ids; null for none.</summary>
    public IReadOnlyList<FuzzMemory?> Memory => _memory;

    /// <summary>The object of an id.</summary>
    public FuzzMemory? Find(ulong id) => id < (ulong)_memory.Count ? _memory[(int)id] : null;

    /// <summary>The next RECV brings this request.</summary>
    public void Post(FuzzExchange exchange) => _next = exchange;

    public int Receive(nint argument, int length)
    {
        FuzzExchange exchange = _next ?? throw new InvalidOperationException("RECV would wait for ever.");
        int room = *(int*)(argument + sizeof(uint));
        Span<TeeParameter> parameters = Parameters(argument, room);
        if (length != TeeAbi.ArgumentHeaderSize + (room * TeeParameter.Size) || !IsPrepared(parameters))
        {
            faults.Add($"RECV of {length} bytes with room for {room} is not prepared as the kernel wants it");
            return Errno.EINVAL;
        }

        int first = numbers ? 1 : 0;
        if (room < exchange.Count + first)
        {
            return Errno.EINVAL;
        }

        _next = null;
        if (numbers)
        {
            parameters[0] = new TeeParameter { Attributes = TeeAbi.RequestIdAttribute, A = (ulong)exchange.Id };
        }

        exchange.Sent.CopyTo(parameters[first..]);
        *(uint*)argument = (uint)exchange.Function;
        *(int*)(argument + sizeof(uint)) = exchange.Count + first;
        (_outer, _outstanding) = (_outstanding, exchange);
        return Errno.Success;
    }

    public int Send(nint argument, int length)
    {
        int count = *(int*)(argument + sizeof(uint));
        Span<TeeParameter> parameters = Parameters(argument, count);
        FuzzExchange? exchange = _outstanding;
        if (exchange is null)
        {
            faults.Add("an answer to no request, or a second one");
            return Errno.ENOENT;
        }

        if (length != TeeAbi.ArgumentHeaderSize + (count * TeeParameter.Size)
            || count != exchange.Count + (numbers ? 1 : 0)
            || (numbers && (parameters[0].Attributes != TeeAbi.RequestIdAttribute
                || parameters[0].A != (ulong)exchange.Id)))
        {
            faults.Add($"an answer with {count} parameters in {length} bytes, or to another request");
            return Errno.EINVAL;
        }

        if (exchange.IsInterrupted)
        {
            exchange.IsInterrupted = false;
            return Errno.EINTR;
        }

        exchange.Answers++;
        exchange.Result = (TeeResult)(*(uint*)argument);
        parameters[(numbers ? 1 : 0)..].CopyTo(exchange.Answer);
        (_outstanding, _outer) = (_outer, null);
        return exchange.SendError;
    }

    public int RegisterMemory(nint address, nuint length, out TeeMemory memory)
    {
        memory = default;
        if (!registers)
        {
            faults.Add("memory was registered with a driver that cannot");
        }

        long offset = address - (nint)arena.At(0);
        if (offset < arena.Layout.PoolOffset || offset + (long)length > arena.Layout.Length)
        {
            faults.Add($"{length} bytes at {offset} were registered, outside the part of the arena that is shared");
        }

        return TakeError(out int error) ? error : Add(arena.Descriptor, offset, (int)length, isFile: false, out memory);
    }

    public int AllocateMemory(nuint length, out TeeMemory memory)
    {
        memory = default;
        if (TakeError(out int error))
        {
            return error;
        }

        int file = Libc.MemfdCreate("fuzz-shm", Libc.MFD_CLOEXEC);
        _ = Libc.Ftruncate(file, (long)length);
        return Add(file, 0, (int)length, isFile: true, out memory);
    }

    public void ReleaseMemory(TeeMemory memory)
    {
        FuzzMemory? known = Find((ulong)memory.Id);
        if (known is null || known.Descriptor != memory.Descriptor)
        {
            faults.Add($"shared memory {memory.Id} was released, which is not there");
            return;
        }

        _memory[memory.Id] = null;
        LargeObjects -= known.Length > PoolShape.LargestBuffer ? 1 : 0;
        known.Dispose();
        if (known.Descriptor < FirstDescriptor)
        {
            _ = Libc.Close(known.Descriptor);
        }
    }

    public void Dispose()
    {
    }

    private int Add(int file, long offset, int length, bool isFile, out TeeMemory memory)
    {
        int id = _memory.FindIndex(1, static each => each is null);
        if (id < 0)
        {
            id = _memory.Count;
            _memory.Add(null);
        }

        _memory[id] = new FuzzMemory(id, isFile ? file : FirstDescriptor + id, file, offset, length);
        Registrations++;
        LargeObjects += length > PoolShape.LargestBuffer ? 1 : 0;
        memory = new TeeMemory(_memory[id]!.Descriptor, id, (nuint)length);
        return Errno.Success;
    }

    private bool TakeError(out int error)
    {
        (error, MemoryError) = (MemoryError, 0);
        return error != 0;
    }

    private static bool IsPrepared(Span<TeeParameter> parameters)
    {
        for (int i = 1; i < parameters.Length; i++)
        {
            if (parameters[i].Attributes != 0)
            {
                return false;
            }
        }

        return parameters.Length > 0 && parameters[0].Attributes == TeeParameter.Meta;
    }

    private static Span<TeeParameter> Parameters(nint argument, int count) =>
        new((void*)(argument + TeeAbi.ArgumentHeaderSize), count);
}
