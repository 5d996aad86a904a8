// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Device;

namespace TpmReady.Supplicant.Tests.Fake;

/// <content>Shared memory: tee_shm.c, and what the secure world does with it.</content>
internal sealed unsafe partial class FakeKernel
{
    /// <summary>The secure world looks an id up after SHM_ALLOC was answered, in the requester's thread.</summary>
    /// <returns>Null if the context does not know the id: the allocation fails then.</returns>
    public FakeMemory? Take(ulong id)
    {
        lock (Gate)
        {
            FakeMemory? memory = id < (ulong)_memory.Length ? _memory[id] : null;
            if (memory is null)
            {
                return null;
            }

            if (memory.SecureReferences > 0)
            {
                Violate($"shared memory {id} was given out twice");
            }

            memory.SecureReferences++;
            return memory;
        }
    }

    /// <summary>The secure world gives an object up, which it does before it sends SHM_FREE.</summary>
    public void Drop(FakeMemory memory)
    {
        lock (Gate)
        {
            _ = memory.Bytes.Length;
            memory.SecureReferences--;
            RemoveIfDead(memory);
        }
    }

    internal int Register(FakeTeeDevice device, nint address, nuint length, out TeeMemory memory)
    {
        memory = default;
        if (!device.IsOpen)
        {
            return Errno.EBADF;
        }

        if (length == 0)
        {
            return Errno.EINVAL;
        }

        if ((device.Version.GeneralCapabilities & Linux.Tee.TeeVersion.RegisteredMemory) == 0)
        {
            return Errno.EINVAL;
        }

        if (!IsWritable(address, length))
        {
            return Errno.EFAULT;
        }

        if ((address | (nint)length) % Environment.SystemPageSize != 0)
        {
            lock (Gate)
            {
                Violate("registered memory shares a page with something else");
            }
        }

        return Publish(address, length, Libc.EventFd(0, 0), out memory);
    }

    internal int Allocate(FakeTeeDevice device, nuint length, out TeeMemory memory)
    {
        memory = default;
        if (!device.IsOpen)
        {
            return Errno.EBADF;
        }

        if (length == 0)
        {
            return Errno.EINVAL;
        }

        nuint page = (nuint)Environment.SystemPageSize;
        length = (length + page - 1) / page * page;
        int descriptor = Libc.MemfdCreate("fake-shm", 0);
        _ = Libc.Ftruncate(descriptor, (long)length);
        nint address = Libc.Mmap(0, length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, descriptor, 0);
        return Publish(address, length, descriptor, out memory);
    }

    internal void Release(TeeMemory memory)
    {
        lock (Gate)
        {
            FakeMemory? known = _memory.FirstOrDefault(
                each => each is { HasUserReference: true } && each.Descriptor == memory.Descriptor);
            if (known is null)
            {
                Violate($"descriptor {memory.Descriptor} of shared memory {memory.Id} was closed twice");
                return;
            }

            _ = known.Bytes.Length;
            known.HasUserReference = false;
            _ = Libc.Close(memory.Descriptor);
            RemoveIfDead(known);
        }
    }

    private int Publish(nint address, nuint length, int descriptor, out TeeMemory memory)
    {
        memory = default;
        lock (Gate)
        {
            if (MemoryErrors.TryDequeue(out int error))
            {
                _ = Libc.Close(descriptor);
                return error;
            }

            int id = Array.FindIndex(_memory, 1, static each => each is null);
            _memory[id] = new FakeMemory { Id = id, Length = length, Address = address, Descriptor = descriptor };
            Registrations++;
            memory = new TeeMemory(descriptor, id, length);
            return Errno.Success;
        }
    }

    private void RemoveIfDead(FakeMemory memory)
    {
        if (!memory.HasUserReference && memory.SecureReferences == 0)
        {
            _memory[memory.Id] = null;
            ReleaseContextIfUnused();
            Monitor.PulseAll(Gate);
        }
    }

    /// <summary>
    /// Whether every page of the range lies in a writable mapping, as pinning it for writing demands.
    /// </summary>
    private static bool IsWritable(nint address, nuint length)
    {
        nint position = address;
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            string[] fields = line.Split(' ', 3)[0].Split('-');
            nint start = nint.Parse(fields[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            nint end = nint.Parse(fields[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (start <= position && position < end && line.Split(' ')[1].StartsWith("rw", StringComparison.Ordinal))
            {
                position = end;
                if (position >= address + (nint)length)
                {
                    return true;
                }
            }
        }

        return false;
    }
}
