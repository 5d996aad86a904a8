// SPDX-License-Identifier: MIT

using System;
using System.Buffers;

namespace TpmReady.Supplicant.Storage;

/// <summary>
/// Which write of the secure world makes the writes before it valid, and which changes must not happen before that.
/// </summary>
/// <remarks>
/// <para>
/// As in OP-TEE's core/tee/fs_htree.c, tee_ree_fs.c, fs_dirfile.c and tadb.c: a file is a hash tree with two versions
/// of every block and node. Updates go to the versions that are not committed; the head, two of 68 bytes in the first
/// 4096 bytes, is written last and says which ones are. Objects are opened by the root hash that the index holds
/// (init_head_from_data), so an object's own head decides nothing: whatever is done to objects and TAs becomes valid
/// with the next head of the index, and every operation ends with one (commit_dirh_writes).
/// </para>
/// <para>Pure: no file is touched here.</para>
/// </remarks>
internal static class CommitRule
{
    /// <summary>The bytes at the front of a hash tree that hold both heads, and nothing but heads.</summary>
    public const int HeadBlock = 4096;

    /// <summary>The bytes that both heads take: two of struct tee_fs_htree_image.</summary>
    public const int Heads = 2 * Head;

    private const int Head = 68;

    private static readonly SearchValues<byte> HexadecimalDigits = SearchValues.Create("0123456789abcdef"u8);
    private static readonly SearchValues<byte> DecimalDigits = SearchValues.Create("0123456789"u8);

    /// <summary>What a path relative to the storage root names.</summary>
    public static StoredFileKind KindOf(ReadOnlySpan<byte> path) =>
        path.SequenceEqual(IndexGuard.Name) ? StoredFileKind.Index
        : IsNumber(path, HexadecimalDigits) ? StoredFileKind.Object
        : path.EndsWith(".ta"u8) && IsNumber(path[..^3], DecimalDigits) ? StoredFileKind.Application
        : StoredFileKind.Other;

    /// <summary>Whether a write makes everything before it valid.</summary>
    /// <param name="kind">What is written to.</param>
    /// <param name="offset">Where, in bytes.</param>
    /// <param name="length">How many bytes.</param>
    public static bool Commits(StoredFileKind kind, ulong offset, int length) =>
        kind == StoredFileKind.Index && length > 0 && offset < HeadBlock;

    /// <summary>Whether a commit has the size of one head, as every commit of OP-TEE has.</summary>
    public static bool IsHead(int length) => length == Head;

    /// <summary>Whether a write that does not commit may stay in memory until one does.</summary>
    public static bool MayWait(FileSyncMode mode, StoredFileKind kind) =>
        mode == FileSyncMode.Commit && kind != StoredFileKind.Other;

    /// <summary>
    /// Whether a truncation must wait for the commit. OP-TEE truncates an object before it commits the shorter one
    /// (ree_fs_ftruncate_internal): until then, the blocks that it cuts off belong to the object that is valid.
    /// </summary>
    public static bool TruncatesAtCommit(StoredFileKind kind) => kind == StoredFileKind.Object;

    private static bool IsNumber(ReadOnlySpan<byte> text, SearchValues<byte> digits) =>
        !text.IsEmpty && text.IndexOfAnyExcept(digits) < 0;
}
