// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using static TpmReady.Supplicant.Tests.Storage.PowerCut.SecureWorldException;

namespace TpmReady.Supplicant.Tests.Storage.PowerCut;

/// <content>Heads, nodes and blocks: where they lie, what is in them, and what vouches for them.</content>
internal sealed partial class HashTree
{
    private const int HeadSize = 68;
    private const int NodeSize = 66;
    private const int NodesPerBlock = BlockSize / (NodeSize * 2);

    private ulong NodeHash(int id)
    {
        Node node = _nodes[id];
        ulong hash = Mix(Mix(Mix(1, node.Vector), node.Tag), node.Flags);
        hash = id == 1 ? Mix(hash, _head.Length) : hash;
        hash = 2 * id <= Count ? Mix(hash, _nodes[2 * id].Hash) : hash;
        return (2 * id) + 1 <= Count ? Mix(hash, _nodes[(2 * id) + 1].Hash) : hash;
    }

    private ulong HeadTag() => Mix(
        Mix(Mix(Mix(Mix(2, RootHash), _head.Counter), _head.Vector), _head.Length), _head.MaximumNode);

    private static ulong BlockTag(Node node, ReadOnlySpan<byte> content)
    {
        ulong hash = Mix(3, node.Vector);
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(content))
        {
            hash = (hash ^ word) * 0x9e3779b97f4a7c15;
        }

        return Mix(hash, 4);
    }

    // The finaliser of SplitMix64; never 0, which stands for a tag that was never written.
    private static ulong Mix(ulong hash, ulong value)
    {
        hash = (hash ^ value) + 0x9e3779b97f4a7c15;
        hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
        hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
        return (hash ^ (hash >> 31)) | 1;
    }

    private static ushort ChildFlag(int id) => (ushort)(2 << (id & 1));

    private static long NodeOffset(int id, int version)
    {
        long index = id - 1;
        long block = 1 + (index / NodesPerBlock * NodesPerBlock * 2);
        return (block * BlockSize) + (2 * NodeSize * (index % NodesPerBlock)) + (NodeSize * version);
    }

    private static long BlockOffset(int number, int version)
    {
        long index = (2L * number) + version;
        return (2 + index + (index / ((NodesPerBlock * 2) - 1))) * BlockSize;
    }

    private Head ReadHead(int version)
    {
        Span<byte> record = stackalloc byte[HeadSize];
        Check(_world.Read(_handle, HeadSize * version, record));
        return new Head
        {
            Vector = BinaryPrimitives.ReadUInt64LittleEndian(record),
            Tag = BinaryPrimitives.ReadUInt64LittleEndian(record[16..]),
            Length = BinaryPrimitives.ReadUInt64LittleEndian(record[48..]),
            MaximumNode = BinaryPrimitives.ReadUInt32LittleEndian(record[56..]),
            Counter = BinaryPrimitives.ReadUInt32LittleEndian(record[64..]),
        };
    }

    private void WriteHead(int version, Head head)
    {
        Span<byte> record = stackalloc byte[HeadSize];
        record.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(record, head.Vector);
        BinaryPrimitives.WriteUInt64LittleEndian(record[16..], head.Tag);
        BinaryPrimitives.WriteUInt64LittleEndian(record[48..], head.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record[56..], head.MaximumNode);
        BinaryPrimitives.WriteUInt32LittleEndian(record[64..], head.Counter);
        Check(_world.Write(_handle, HeadSize * version, record));
    }

    private Node ReadNode(int id, int version)
    {
        Span<byte> record = stackalloc byte[NodeSize];
        Check(_world.Read(_handle, NodeOffset(id, version), record));
        return new Node(id)
        {
            Hash = BinaryPrimitives.ReadUInt64LittleEndian(record),
            Vector = BinaryPrimitives.ReadUInt64LittleEndian(record[32..]),
            Tag = BinaryPrimitives.ReadUInt64LittleEndian(record[48..]),
            Flags = BinaryPrimitives.ReadUInt16LittleEndian(record[64..]),
        };
    }

    private void WriteNode(Node node, int version)
    {
        Span<byte> record = stackalloc byte[NodeSize];
        record.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(record, node.Hash);
        BinaryPrimitives.WriteUInt64LittleEndian(record[32..], node.Vector);
        BinaryPrimitives.WriteUInt64LittleEndian(record[48..], node.Tag);
        BinaryPrimitives.WriteUInt16LittleEndian(record[64..], node.Flags);
        Check(_world.Write(_handle, NodeOffset(node.Id, version), record));
    }

    private struct Head
    {
        public ulong Vector;
        public ulong Tag;
        public ulong Length;
        public uint MaximumNode;
        public uint Counter;
    }

    private sealed class Node(int id)
    {
        public int Id { get; } = id;

        public ulong Hash { get; set; }

        public ulong Vector { get; set; }

        public ulong Tag { get; set; }

        public ushort Flags { get; set; }

        public bool IsDirty { get; set; }

        public bool BlockUpdated { get; set; }
    }
}
