// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Linux.Files;

namespace TpmReady.Supplicant.Tests.Rpmb;

/// <summary>
/// The real file system, which also notes every change of the one file that is made and renamed, to tell what a power
/// cut would have left of it.
/// </summary>
internal sealed unsafe class RecordedDisk : IFileOperations
{
    private const int SectorSize = 512;
    private const int FileSize = 300 * 1024;

    private readonly LinuxFileOperations _real = new();

    /// <summary>What happened, in order.</summary>
    public List<DiskEvent> Events { get; } = [];

    /// <summary>
    /// What the file's name leads to after a power cut before event <paramref name="point"/>. Unsynced writes are kept,
    /// lost or torn by chance; seed 0 keeps all of them, seed 1 none.
    /// </summary>
    /// <returns>Null if there is no file of this name.</returns>
    public byte[]? CutAt(int point, int seed)
    {
        Random random = new(seed);
        byte[] image = new byte[FileSize];
        bool isNamed = false;
        int durable = 0;
        for (int i = 0; i < point; i++)
        {
            durable = Events[i].Kind == DiskEventKind.Sync ? i : durable;
            isNamed |= Events[i].Kind == DiskEventKind.SyncDirectory
                && Events[..i].Exists(static earlier => earlier.Kind == DiskEventKind.Rename);
        }

        // A rename that was not synced may be there or not.
        bool isRenamed = Events[..point].Exists(static earlier => earlier.Kind == DiskEventKind.Rename);
        if (!isNamed && !(isRenamed && seed % 2 == 0))
        {
            return null;
        }

        for (int i = 0; i < point; i++)
        {
            if (Events[i].Kind == DiskEventKind.Write)
            {
                Write(image, Events[i], i < durable || seed == 0 ? 1.0 : seed == 1 ? 0.0 : 0.5, random);
            }
        }

        return image;
    }

    public int Open(int directory, byte* name, int flags, uint mode) => _real.Open(directory, name, flags, mode);

    public int OpenBeneath(int directory, byte* path, int flags) => _real.OpenBeneath(directory, path, flags);

    public int Close(int descriptor) => _real.Close(descriptor);

    public nint Read(int descriptor, byte* buffer, nuint length, long offset) =>
        _real.Read(descriptor, buffer, length, offset);

    public nint Write(int descriptor, byte* buffer, nuint length, long offset)
    {
        if (length > 0)
        {
            byte[] bytes = new ReadOnlySpan<byte>(buffer, (int)length).ToArray();
            Events.Add(new DiskEvent(DiskEventKind.Write, offset, bytes));
        }

        return _real.Write(descriptor, buffer, length, offset);
    }

    public int Truncate(int descriptor, long length) => _real.Truncate(descriptor, length);

    public int GetStatus(int descriptor, out FileStatus status) => _real.GetStatus(descriptor, out status);

    public int Sync(int descriptor)
    {
        _real.GetStatus(descriptor, out FileStatus status);
        Events.Add(new DiskEvent(status.IsDirectory ? DiskEventKind.SyncDirectory : DiskEventKind.Sync, 0, []));
        return _real.Sync(descriptor);
    }

    public int SyncData(int descriptor)
    {
        Events.Add(new DiskEvent(DiskEventKind.Sync, 0, []));
        return _real.SyncData(descriptor);
    }

    public int AdviseWillNeed(int descriptor) => _real.AdviseWillNeed(descriptor);

    public int Unlink(int directory, byte* name) => _real.Unlink(directory, name);

    public int RemoveDirectory(int directory, byte* name) => _real.RemoveDirectory(directory, name);

    public int Rename(int oldDirectory, byte* oldName, int newDirectory, byte* newName, bool replace)
    {
        Events.Add(new DiskEvent(DiskEventKind.Rename, 0, []));
        return _real.Rename(oldDirectory, oldName, newDirectory, newName, replace);
    }

    public int Link(int oldDirectory, byte* oldName, int newDirectory, byte* newName) =>
        _real.Link(oldDirectory, oldName, newDirectory, newName);

    public int MakeDirectory(int directory, byte* name, uint mode) => _real.MakeDirectory(directory, name, mode);

    public nint ReadDirectory(int descriptor, long position, byte* buffer, nuint length) =>
        _real.ReadDirectory(descriptor, position, buffer, length);

    /// <summary>Each sector of a write by its own chance.</summary>
    private static void Write(byte[] image, DiskEvent change, double chance, Random random)
    {
        int done = 0;
        while (done < change.Bytes.Length)
        {
            int offset = (int)change.Offset + done;
            int length = Math.Min(SectorSize - (offset % SectorSize), change.Bytes.Length - done);
            if (random.NextDouble() < chance)
            {
                change.Bytes.AsSpan(done, length).CopyTo(image.AsSpan(offset));
            }

            done += length;
        }
    }

    internal enum DiskEventKind
    {
        Write,
        Sync,
        SyncDirectory,
        Rename,
    }

    /// <summary>A change of the disk.</summary>
    internal sealed record DiskEvent(DiskEventKind Kind, long Offset, byte[] Bytes)
    {
        public override string ToString() => Kind == DiskEventKind.Write ? $"write@{Offset}" : $"{Kind}";
    }
}
