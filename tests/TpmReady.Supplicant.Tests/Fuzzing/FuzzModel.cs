// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Supplicant.Storage;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>
/// What the secure world has: every number that it was given and did not give back, and some that it did.
/// </summary>
internal sealed class FuzzModel
{
    private const int MostStale = 64;

    private readonly List<ulong> _staleFiles = [];
    private readonly List<ulong> _staleSockets = [];
    private readonly List<ulong> _staleMemory = [];

    /// <summary>Open files and directories.</summary>
    public List<(ulong Handle, HandleKind Kind)> Files { get; } = [];

    /// <summary>Open sockets and whose they are.</summary>
    public List<(ulong Instance, ulong Handle)> Sockets { get; } = [];

    /// <summary>Shared memory.</summary>
    public List<FuzzMemory> Memory { get; } = [];

    /// <summary>The write counter that the RPMB told last.</summary>
    public uint RpmbCounter { get; set; }

    public bool HasFile(ulong handle, HandleKind kind) => Files.Contains((handle, kind));

    public bool HasSocket(ulong instance, ulong handle) => Sockets.Contains((instance, handle));

    public FuzzMemory? FindMemory(ulong id)
    {
        foreach (FuzzMemory memory in Memory)
        {
            if ((ulong)memory.Id == id)
            {
                return memory;
            }
        }

        return null;
    }

    public int CountLargeMemory()
    {
        int count = 0;
        foreach (FuzzMemory memory in Memory)
        {
            count += memory.Length > PoolShape.LargestBuffer ? 1 : 0;
        }

        return count;
    }

    public bool RemoveFile(ulong handle, HandleKind kind)
    {
        Keep(_staleFiles, handle);
        return Files.Remove((handle, kind));
    }

    public bool RemoveSocket(ulong instance, ulong handle)
    {
        Keep(_staleSockets, handle);
        return Sockets.Remove((instance, handle));
    }

    public bool RemoveMemory(ulong id)
    {
        Keep(_staleMemory, id);
        return Memory.RemoveAll(memory => (ulong)memory.Id == id) == 1;
    }

    /// <summary>A handle of any sort that is not, or not any more, what it is taken for.</summary>
    public ulong WrongHandle(FuzzRandom random) => random.Below(6) switch
    {
        0 when _staleFiles.Count > 0 => _staleFiles[random.Below(_staleFiles.Count)],
        1 when _staleSockets.Count > 0 => _staleSockets[random.Below(_staleSockets.Count)],
        2 when Files.Count > 0 => Files[random.Below(Files.Count)].Handle ^ (1UL << random.Below(64)),
        3 when Files.Count > 0 => Files[random.Below(Files.Count)].Handle,
        4 when Sockets.Count > 0 => Sockets[random.Below(Sockets.Count)].Handle,
        _ => random.Number(),
    };

    /// <summary>An id of shared memory that is not, or not any more, the secure world's.</summary>
    public ulong WrongMemory(FuzzRandom random) => random.Below(4) switch
    {
        0 when _staleMemory.Count > 0 => _staleMemory[random.Below(_staleMemory.Count)],
        1 when Memory.Count > 0 => (uint)Memory[random.Below(Memory.Count)].Id | (1UL << (32 + random.Below(32))),
        2 => (ulong)random.Below(80),
        _ => random.Number(),
    };

    private static void Keep(List<ulong> stale, ulong value)
    {
        if (stale.Count == MostStale)
        {
            stale.RemoveAt(0);
        }

        stale.Add(value);
    }
}
