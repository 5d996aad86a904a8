// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Storage.PowerCut;

/// <summary>
/// OP-TEE's object store over hash trees (core/tee/tee_ree_fs.c and fs_dirfile.c). In its most careless configuration
/// nothing outside the index vouches for it, so that OP-TEE removes an index that it cannot open; with an anchor
/// (CFG_REE_FS_INTEGRITY_RPMB) the index's root hash is kept in the RPMB, which a power cut does not touch.
/// </summary>
internal sealed class SecureStore(SecureWorldRequests world, bool isAnchored = false, ulong? anchor = null)
{
    private const string IndexName = "dirf.db";

    // struct dirfile_entry: UUID 16, object id 64, its length 4, root hash 32, file number 4.
    private const int EntrySize = 120;
    private const int IdOffset = 16;
    private const int IdLengthOffset = 80;
    private const int HashOffset = 84;
    private const int NumberOffset = 116;

    private readonly HashSet<int> _numbers = [];
    private HashTree? _index;

    /// <summary>The root hash that the RPMB holds, if any.</summary>
    public ulong? Anchor { get; private set; } = anchor;
    private ulong _indexHandle;

    /// <summary>ree_fs_create, with set_name.</summary>
    public void Create(string id, ReadOnlySpan<byte> content) => Do(content, id, static (store, id, content) =>
    {
        int number = 0;
        while (!store._numbers.Add(number))
        {
            number++;
        }

        string name = FileName(number);
        HashTree? tree = null;
        ulong handle = 0;
        try
        {
            tree = store.OpenTree(name, create: true, null, out handle);
            if (!content.IsEmpty)
            {
                tree.Write(0, content);
            }

            tree.Commit();
            int index = store.Find(id, out Entry old);
            store.WriteEntry(index >= 0 ? index : store.FindFree(), new Entry(id, tree.RootHash, number));
            store.CommitIndex();
            if (index >= 0)
            {
                store.Remove(old.Number);
            }
        }
        catch (SecureWorldException)
        {
            if (tree is not null)
            {
                store.CloseIndex();
                store.CloseFile(handle);
                store.Remove(number);
            }

            throw;
        }

        store.CloseFile(handle);
    });

    /// <summary>ree_fs_open, ree_fs_write, ree_fs_close.</summary>
    public void Write(string id, long position, ReadOnlySpan<byte> bytes) => Do(bytes, id, (store, name, content) =>
        store.Update(name, content, (tree, data) => tree.Write(position, data)));

    /// <summary>ree_fs_open, ree_fs_truncate, ree_fs_close.</summary>
    public void Truncate(string id, long length) => Do([], id, (store, name, content) =>
        store.Update(name, content, (tree, _) => tree.Truncate(length)));

    /// <summary>ree_fs_remove.</summary>
    public void Remove(string id) => Do([], id, static (store, id, _) =>
    {
        int index = store.FindOrFail(id, out Entry entry);
        store.WriteEntry(index, default);
        store._numbers.Remove(entry.Number);
        store.CommitIndex();
        store.Remove(entry.Number);
    });

    /// <summary>ree_fs_rename with overwriting.</summary>
    public void Rename(string from, string to) => Do([], from, (store, id, _) =>
    {
        int replaced = store.Find(to, out Entry old);
        int index = store.FindOrFail(id, out Entry entry);
        store.WriteEntry(index, entry with { Id = to });
        if (replaced >= 0)
        {
            store.WriteEntry(replaced, default);
            store._numbers.Remove(old.Number);
        }

        store.CommitIndex();
        if (replaced >= 0)
        {
            store.Remove(old.Number);
        }
    });

    /// <summary>Everything that is stored, by object id.</summary>
    public SortedDictionary<string, byte[]> ReadAll()
    {
        SortedDictionary<string, byte[]> objects = new(StringComparer.Ordinal);
        Do([], "", (store, _, _) =>
        {
            for (int index = 0; store.ReadEntry(index, out Entry entry); index++)
            {
                if (entry.Id is not null)
                {
                    HashTree tree = store.OpenTree(FileName(entry.Number), create: false, entry.Hash, out ulong handle);
                    objects[entry.Id] = tree.Read(0, int.MaxValue);
                    store.CloseFile(handle);
                }
            }
        });
        return objects;
    }

    private static string FileName(int number) => number.ToString("x", CultureInfo.InvariantCulture);

    // get_dirh and put_dirh: as no object stays open, the index is opened and closed by each operation.
    private void Do(ReadOnlySpan<byte> content, string id, Operation operation)
    {
        OpenIndex();
        try
        {
            operation(this, id, content);
        }
        finally
        {
            CloseIndex();
        }
    }

    private void Update(string id, ReadOnlySpan<byte> content, Change change)
    {
        int index = FindOrFail(id, out Entry entry);
        HashTree tree = OpenTree(FileName(entry.Number), create: false, entry.Hash, out ulong handle);
        try
        {
            change(tree, content);
            tree.Commit();
            WriteEntry(index, entry with { Hash = tree.RootHash });
            CommitIndex();
        }
        catch (SecureWorldException)
        {
            CloseIndex();
            CloseFile(handle);
            throw;
        }

        CloseFile(handle);
    }

    // open_dirh and tee_fs_dirfile_open.
    private void OpenIndex()
    {
        try
        {
            bool isNew = isAnchored && Anchor is null;
            _index = OpenTree(IndexName, isNew, Anchor, out _indexHandle);
        }
        catch (SecureWorldException exception) when (exception.Result == TeeResult.ItemNotFound && Anchor is null)
        {
            _index = OpenTree(IndexName, create: true, null, out _indexHandle);
        }

        Anchor = isAnchored ? _index.RootHash : null;

        _numbers.Clear();
        try
        {
            for (int index = 0; ReadEntry(index, out Entry entry); index++)
            {
                if (entry.Id is not null && !_numbers.Add(entry.Number))
                {
                    WriteEntry(index, default);
                }
            }
        }
        catch (SecureWorldException)
        {
            CloseIndex();
            throw;
        }
    }

    // commit_dirh_writes.
    private void CommitIndex()
    {
        _index!.Commit();
        Anchor = isAnchored ? _index.RootHash : null;
    }

    private void CloseIndex()
    {
        if (_index is not null)
        {
            CloseFile(_indexHandle);
            _index = null;
        }
    }

    // ree_fs_open_primitive: what cannot be opened, and is vouched for by nothing, is removed.
    private HashTree OpenTree(string name, bool create, ulong? hash, out ulong handle)
    {
        (TeeResult result, handle) = create ? world.Create(name) : world.Open(name);
        try
        {
            SecureWorldException.Check(result);
            return create ? HashTree.Create(world, handle) : HashTree.Open(world, handle, hash);
        }
        catch (SecureWorldException)
        {
            if (result == TeeResult.Success)
            {
                CloseFile(handle);
            }

            if (create || hash is null)
            {
                world.Remove(name);
            }

            throw;
        }
    }

    // OP-TEE looks at the result of neither.
    private void CloseFile(ulong handle) => world.Close(handle);

    private void Remove(int number) => world.Remove(FileName(number));

    private int FindOrFail(string id, out Entry entry)
    {
        int index = Find(id, out entry);
        return index >= 0 ? index : throw new SecureWorldException(TeeResult.ItemNotFound);
    }

    private int Find(string id, out Entry entry)
    {
        for (int index = 0; ReadEntry(index, out entry); index++)
        {
            if (string.Equals(entry.Id, id, StringComparison.Ordinal))
            {
                return index;
            }
        }

        return -1;
    }

    private int FindFree()
    {
        int index = 0;
        while (ReadEntry(index, out Entry entry) && entry.Id is not null)
        {
            index++;
        }

        return index;
    }

    private bool ReadEntry(int index, out Entry entry)
    {
        byte[] record = _index!.Read(index * EntrySize, EntrySize);
        entry = default;
        if (record.Length < EntrySize)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(record.AsSpan(IdLengthOffset));
        if (length > 0)
        {
            entry = new Entry(
                Encoding.UTF8.GetString(record, IdOffset, length),
                BinaryPrimitives.ReadUInt64LittleEndian(record.AsSpan(HashOffset)),
                BinaryPrimitives.ReadInt32LittleEndian(record.AsSpan(NumberOffset)));
        }

        return true;
    }

    private void WriteEntry(int index, Entry entry)
    {
        byte[] record = new byte[EntrySize];
        if (entry.Id is not null)
        {
            int length = Encoding.UTF8.GetBytes(entry.Id, record.AsSpan(IdOffset));
            BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(IdLengthOffset), length);
            BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(HashOffset), entry.Hash);
            BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(NumberOffset), entry.Number);
        }

        _index!.Write(index * EntrySize, record);
    }

    private delegate void Operation(SecureStore store, string id, ReadOnlySpan<byte> content);

    private delegate void Change(HashTree tree, ReadOnlySpan<byte> content);

    private readonly record struct Entry(string? Id, ulong Hash, int Number);
}
