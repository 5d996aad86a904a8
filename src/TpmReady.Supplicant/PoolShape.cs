// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant;

/// <summary>
/// How many buffers of which size stand ready. OP-TEE asks for one page per thread that uses storage (its cache rounds
/// up to 4 KiB, thread_rpc_shm_cache_alloc) and for more when a TA's object or a plug-in's data are larger.
/// </summary>
/// <param name="Small">Buffers of 4 KiB.</param>
/// <param name="Medium">Buffers of 16 KiB.</param>
/// <param name="Large">Buffers of 64 KiB.</param>
public readonly record struct PoolShape(int Small, int Medium, int Large)
{
    /// <summary>The largest request that the pool serves, in bytes.</summary>
    public const int LargestBuffer = 64 << 10;

    /// <summary>
    /// A page for each of 32 secure threads, and larger ones for those that need them: 384 KiB, which are in memory from
    /// the start because registering pins them. It grows when they do not suffice.
    /// </summary>
    public static PoolShape Default => new(Small: 32, Medium: 8, Large: 2);

    /// <summary>The number of buffers.</summary>
    public int Count => Small + Medium + Large;

    /// <summary>The size of buffer <paramref name="index"/> in bytes; the small ones come first.</summary>
    public int SizeOf(int index) => index < Small ? 4 << 10 : index < Small + Medium ? 16 << 10 : LargestBuffer;

    /// <summary>The size of the smallest kind of buffer that holds so many bytes.</summary>
    /// <param name="size">At most <see cref="LargestBuffer"/> bytes.</param>
    public static int ClassOf(long size) => size <= 4 << 10 ? 4 << 10 : size <= 16 << 10 ? 16 << 10 : LargestBuffer;
}
