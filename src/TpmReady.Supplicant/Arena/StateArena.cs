// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using TpmReady.Linux.Interop;

namespace TpmReady.Supplicant.Arena;

/// <summary>
/// The supplicant's state in one memfd, so that a successor can map it and go on: the ioctl arguments themselves (what
/// the kernel copied out is the journal), the table of shared memory with its buffers, and the table of open files.
/// </summary>
/// <remarks>
/// Only root and the service may hold the descriptor: a successor trusts what it finds here. The size is sealed, so
/// that nobody can pull pages away under a running supplicant. Nothing here goes into core dumps.
/// </remarks>
public sealed unsafe class StateArena : IDisposable
{
    private readonly byte* _base;
    private bool _disposed;

    private StateArena(int descriptor, byte* address, in ArenaLayout layout)
    {
        Descriptor = descriptor;
        _base = address;
        Layout = layout;
    }

    /// <summary>The memfd, close-on-exec.</summary>
    public int Descriptor { get; }

    /// <summary>Where everything lies.</summary>
    public ArenaLayout Layout { get; }

    /// <summary>The region of the table of open files, zero in a new arena.</summary>
    public byte* Handles => At(Layout.HandlesOffset);

    /// <summary>Its length in bytes.</summary>
    public int HandlesLength => (int)Layout.HandlesLength;

    /// <summary>Creates an arena for these limits.</summary>
    /// <param name="limits">The limits.</param>
    /// <param name="arena">The arena.</param>
    /// <param name="error">What failed, in a sentence for the log.</param>
    public static bool TryCreate(
        SupplicantLimits limits, [NotNullWhen(true)] out StateArena? arena, [NotNullWhen(false)] out string? error)
    {
        var layout = new ArenaLayout(limits, Environment.SystemPageSize);
        arena = null;
        int descriptor = Libc.MemfdCreate("tpmready-arena", Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING);
        if (descriptor < 0)
        {
            error = $"memory for the supplicant's state cannot be created: {Errno.Name(Libc.LastError)}";
            return false;
        }

        if (Libc.Ftruncate(descriptor, layout.Length) != 0
            || Libc.Fcntl(descriptor, Libc.F_ADD_SEALS, Libc.F_SEAL_SHRINK | Libc.F_SEAL_GROW | Libc.F_SEAL_SEAL) != 0)
        {
            error = $"memory for the supplicant's state cannot be sized: {Errno.Name(Libc.LastError)}";
            _ = Libc.Close(descriptor);
            return false;
        }

        if (!TryMap(descriptor, layout, out arena, out error))
        {
            _ = Libc.Close(descriptor);
            return false;
        }

        arena.KeepResident();
        ArenaHeader.Write(ref Unsafe.AsRef<ArenaHeader>(arena._base), layout);
        return true;
    }

    /// <summary>Maps the arena that another process left.</summary>
    /// <param name="descriptor">Its memfd. On success the arena owns it, on failure the caller still does.</param>
    /// <param name="arena">The arena.</param>
    /// <param name="error">Why it cannot be used, in a sentence for the log.</param>
    public static bool TryAdopt(
        int descriptor, [NotNullWhen(true)] out StateArena? arena, [NotNullWhen(false)] out string? error)
    {
        arena = null;
        int seals = Libc.Fcntl(descriptor, Libc.F_GET_SEALS, 0);
        if (seals < 0 || (seals & Libc.F_SEAL_SHRINK) == 0)
        {
            error = "the descriptor is not an arena: its size is not sealed";
            return false;
        }

        long length = Libc.Lseek(descriptor, 0, whence: 2);
        if (length < Environment.SystemPageSize || !TryReadHeader(descriptor, out ArenaHeader header))
        {
            error = "the arena has no header";
            return false;
        }

        if (header.Magic != ArenaHeader.ExpectedMagic)
        {
            error = "the arena was never finished, or is none: its magic number is missing";
            return false;
        }

        if (header.Version != ArenaHeader.ExpectedVersion)
        {
            error = $"the arena has version {header.Version}; this program knows only {ArenaHeader.ExpectedVersion}";
            return false;
        }

        ArenaLayout layout = header.ToLayout();
        if (header.Checksum != header.ComputeChecksum() || !layout.IsSound() || layout.Length != length)
        {
            error = "the arena's header is damaged";
            return false;
        }

        if (!TryMap(descriptor, layout, out arena, out error))
        {
            return false;
        }

        arena.KeepResident();
        return true;
    }

    /// <summary>
    /// Says that this process serves from the arena, for as long as it lives. It is a POSIX record lock: unlike a lock of
    /// the open file it belongs to the process, so it ends when the last thread of a dying one has left the kernel, and
    /// nobody who merely keeps the descriptor holds it.
    /// </summary>
    /// <param name="owner">Who serves already, if another process does; 0 if that is not known.</param>
    /// <returns>False if another process serves.</returns>
    public bool TryClaim(out int owner)
    {
        Libc.RecordLock claim = new() { Type = Libc.F_WRLCK, Length = 1 };
        owner = 0;
        if (Libc.Fcntl(Descriptor, Libc.F_SETLK, (nint)(&claim)) == 0)
        {
            return true;
        }

        if (Libc.Fcntl(Descriptor, Libc.F_GETLK, (nint)(&claim)) == 0 && claim.Type != Libc.F_UNLCK)
        {
            owner = claim.Process;
        }

        return false;
    }

    /// <summary>
    /// Ends the claim while this process goes on: a successor may claim. Nothing here may be written from now on.
    /// </summary>
    public void Release()
    {
        Libc.RecordLock claim = new() { Type = Libc.F_UNLCK, Length = 1 };
        _ = Libc.Fcntl(Descriptor, Libc.F_SETLK, (nint)(&claim));
    }

    /// <summary>The slot of this number.</summary>
    public RpcSlot GetSlot(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, Layout.SlotCount);
        return new RpcSlot(At(Layout.SlotsOffset + ((long)number * ArenaLayout.SlotSize)), number);
    }

    /// <summary>Unmaps the arena and closes our descriptor; others may still hold theirs.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _ = Libc.Munmap((nint)_base, (nuint)Layout.Length);
            _ = Libc.Close(Descriptor);
        }
    }

    internal ref SharedMemoryEntry GetEntry(int index) =>
        ref ((SharedMemoryEntry*)At(Layout.TableOffset))[index];

    internal byte* At(long offset) => _base + offset;

    private static bool TryReadHeader(int descriptor, out ArenaHeader header)
    {
        nint address = Libc.Mmap(0, (nuint)ArenaHeader.Size, Libc.PROT_READ, Libc.MAP_SHARED, descriptor, 0);
        if (address == Libc.MAP_FAILED)
        {
            header = default;
            return false;
        }

        header = *(ArenaHeader*)address;
        _ = Libc.Munmap(address, (nuint)ArenaHeader.Size);
        return true;
    }

    private static bool TryMap(
        int descriptor,
        in ArenaLayout layout,
        [NotNullWhen(true)] out StateArena? arena,
        [NotNullWhen(false)] out string? error)
    {
        nint address = Libc.Mmap(
            0, (nuint)layout.Length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, descriptor, 0);
        if (address == Libc.MAP_FAILED)
        {
            arena = null;
            error = $"{layout.Length >> 20} MiB for the state cannot be mapped: {Errno.Name(Libc.LastError)}";
            return false;
        }

        _ = Libc.Madvise(address, (nuint)layout.Length, Libc.MADV_DONTDUMP);
        _ = Libc.Madvise(address, (nuint)layout.Length, Libc.MADV_DONTFORK);
        arena = new StateArena(descriptor, (byte*)address, layout);
        error = null;
        return true;
    }

    /// <summary>
    /// Locks what has been touched, up to the pool. Under memory pressure the kernel's copy of a request into a page
    /// that is not there can fail, and the request is lost. Where RLIMIT_MEMLOCK forbids it (EPERM, ENOMEM) life goes
    /// on without.
    /// </summary>
    private void KeepResident() => IsLocked =
        Libc.Mlock2((nint)_base, (nuint)Layout.DynamicOffset, Libc.MLOCK_ONFAULT) == 0;

    /// <summary>Whether the kernel agreed to keep touched pages in memory.</summary>
    public bool IsLocked { get; private set; }
}
