// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Threading;
using TpmReady.Tpm;
using static TpmReady.Supplicant.Tests.Storage.PowerCut.SecureWorldException;

namespace TpmReady.Supplicant.Tests.Storage.PowerCut;

/// <summary>
/// A file as OP-TEE keeps it (core/tee/fs_htree.c, and get_offs_size in core/tee/tee_ree_fs.c): same records at the
/// same places, written and read in the same order. In place of cryptography it has short hashes: it needs to notice
/// what does not fit together, not to withstand an attacker. Records holds what a file is made of.
/// </summary>
internal sealed partial class HashTree
{
    public const int BlockSize = SecureWorldRequests.BlockSize;

    private const ushort CommittedBlock = 1;

    private static long _randomness;

    private readonly SecureWorldRequests _world;
    private readonly ulong _handle;
    private readonly List<Node> _nodes = [new Node(0), new Node(1)];
    private readonly byte[] _block = new byte[BlockSize];
    private Head _head;
    private bool _isDirty;

    private HashTree(SecureWorldRequests world, ulong handle)
    {
        _world = world;
        _handle = handle;
    }

    /// <summary>The length of the content in bytes.</summary>
    public long Length => (long)_head.Length;

    /// <summary>What a parent file keeps to know this one's valid state by.</summary>
    public ulong RootHash => _nodes[1].Hash;

    private int Count => _nodes.Count - 1;

    /// <summary>create_and_sync: node, head 1, head 0.</summary>
    public static HashTree Create(SecureWorldRequests world, ulong handle)
    {
        HashTree tree = new(world, handle);
        tree.Initialise();
        return tree;
    }

    /// <summary>tee_fs_htree_open of an existing file.</summary>
    /// <param name="world">Requests.</param>
    /// <param name="handle">The file.</param>
    /// <param name="hash">The root hash that is expected; null trusts the newer head.</param>
    public static HashTree Open(SecureWorldRequests world, ulong handle, ulong? hash)
    {
        HashTree tree = new(world, handle);
        if (hash is ulong expected)
        {
            tree.FindByHash(expected);
        }
        else
        {
            tree.FindByCounter();
        }

        if (tree._head is { Counter: 0, Tag: 0 })
        {
            tree.Initialise();
        }

        if (tree._head.Tag != tree.HeadTag())
        {
            throw new SecureWorldException(TeeResult.CorruptObject);
        }

        for (int id = 2; id <= (int)tree._head.MaximumNode; id++)
        {
            int version = (tree._nodes[id / 2].Flags & ChildFlag(id)) != 0 ? 1 : 0;
            tree._nodes.Add(tree.ReadNode(id, version));
        }

        for (int id = tree.Count; id > 0; id--)
        {
            if (tree.NodeHash(id) != tree._nodes[id].Hash)
            {
                throw new SecureWorldException(TeeResult.CorruptObject);
            }
        }

        return tree;
    }

    /// <summary>tee_fs_htree_read_block.</summary>
    public void ReadBlock(int number, Span<byte> target)
    {
        Node node = _nodes[number + 1];
        Check(_world.Read(_handle, BlockOffset(number, node.Flags & CommittedBlock), target));
        if (BlockTag(node, target) != node.Tag)
        {
            throw new SecureWorldException(TeeResult.CorruptObject);
        }
    }

    /// <summary>tee_fs_htree_write_block: to the version that is not committed.</summary>
    public void WriteBlock(int number, ReadOnlySpan<byte> content)
    {
        while (Count < number + 1)
        {
            _nodes.Add(new Node(Count + 1));
            _head.MaximumNode = (uint)Count;
        }

        Node node = _nodes[number + 1];
        node.Flags ^= node.BlockUpdated ? (ushort)0 : CommittedBlock;
        node.Vector = (ulong)Interlocked.Increment(ref _randomness);
        node.Tag = BlockTag(node, content);
        Check(_world.Write(_handle, BlockOffset(number, node.Flags & CommittedBlock), content));
        node.BlockUpdated = true;
        node.IsDirty = true;
        _isDirty = true;
    }

    /// <summary>out_of_place_write: whole blocks, with what they held before around the new bytes.</summary>
    public void Write(long position, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int number = (int)(position / BlockSize);
            int start = (int)(position % BlockSize);
            int count = Math.Min(BlockSize - start, bytes.Length);
            _block.AsSpan().Clear();
            if (number < (Length + BlockSize - 1) / BlockSize)
            {
                ReadBlock(number, _block);
            }

            bytes[..count].CopyTo(_block.AsSpan(start));
            WriteBlock(number, _block);
            bytes = bytes[count..];
            position += count;
        }

        SetLength(Math.Max(position, Length));
    }

    /// <summary>ree_fs_read_primitive.</summary>
    public byte[] Read(long position, int length)
    {
        byte[] result = new byte[Math.Max(0, Math.Min(length, Length - position))];
        for (int done = 0; done < result.Length;)
        {
            int start = (int)((position + done) % BlockSize);
            int count = Math.Min(BlockSize - start, result.Length - done);
            ReadBlock((int)((position + done) / BlockSize), _block);
            _block.AsSpan(start, count).CopyTo(result.AsSpan(done));
            done += count;
        }

        return result;
    }

    /// <summary>The shorter half of ree_fs_ftruncate_internal: the file is cut before the head knows.</summary>
    public void Truncate(long length)
    {
        int blocks = (int)((length + BlockSize - 1) / BlockSize);
        while (Count > length / BlockSize + 1)
        {
            _nodes.RemoveAt(Count);
            _head.MaximumNode--;
            _isDirty = true;
        }

        Check(_world.Truncate(_handle, (ulong)(BlockOffset(blocks, 1) + BlockSize)));
        SetLength(length);
    }

    /// <summary>tee_fs_htree_sync_to_storage: dirty nodes from the leaves up, then the head.</summary>
    public void Commit()
    {
        if (!_isDirty)
        {
            return;
        }

        CommitNode(1);
        _head.Counter++;
        _head.Vector = (ulong)Interlocked.Increment(ref _randomness);
        _head.Tag = HeadTag();
        WriteHead((int)(_head.Counter & 1), _head);
        _isDirty = false;
    }

    private void CommitNode(int id)
    {
        if (id > Count)
        {
            return;
        }

        CommitNode(2 * id);
        CommitNode((2 * id) + 1);
        Node node = _nodes[id];
        if (!node.IsDirty)
        {
            return;
        }

        int version = (int)(~_head.Counter & 1);
        if (id > 1)
        {
            Node parent = _nodes[id / 2];
            parent.IsDirty = true;
            parent.Flags ^= ChildFlag(id);
            version = (parent.Flags & ChildFlag(id)) != 0 ? 1 : 0;
        }

        node.Hash = NodeHash(id);
        node.IsDirty = false;
        node.BlockUpdated = false;
        WriteNode(node, version);
    }

    private void Initialise()
    {
        _head = default;
        _nodes.RemoveRange(1, Count);
        _nodes.Add(new Node(1) { IsDirty = true });
        _isDirty = true;
        Commit();
        WriteHead(0, default);
    }

    private void FindByCounter()
    {
        Head first = ReadHead(0);
        Head second = ReadHead(1);
        int version = (first.Counter & 1, second.Counter & 1) switch
        {
            (0, 0) => 0,
            (0, 1) => first.Counter > second.Counter ? 0 : 1,
            (1, 1) => 1,
            _ => throw new SecureWorldException(TeeResult.Security),
        };
        _nodes[1] = ReadNode(1, version);
        _head = version == 0 ? first : second;
    }

    private void FindByHash(ulong hash)
    {
        for (int version = 0; version < 2; version++)
        {
            _nodes[1] = ReadNode(1, version);
            if (_nodes[1].Hash == hash)
            {
                _head = ReadHead(version);
                return;
            }
        }

        throw new SecureWorldException(TeeResult.CorruptObject);
    }

    private void SetLength(long length)
    {
        _head.Length = (ulong)length;
        _nodes[1].IsDirty = true;
        _isDirty = true;
    }
}
