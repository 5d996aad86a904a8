// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace TpmReady.Supplicant.Handover;

/// <summary>What an earlier supplicant left with the service manager, told apart by name.</summary>
public sealed class KeptDescriptors
{
    private readonly Dictionary<int, int> _memory = [];
    private int _device = -1;
    private int _arena = -1;

    private KeptDescriptors()
    {
    }

    /// <summary>The name of the open device.</summary>
    public static ReadOnlySpan<byte> DeviceName => "tee-device"u8;

    /// <summary>The name of the arena's memfd.</summary>
    public static ReadOnlySpan<byte> ArenaName => "tee-arena"u8;

    /// <summary>What the id of a shared-memory object follows in the object's name.</summary>
    public static ReadOnlySpan<byte> MemoryName => "tee-shm-"u8;

    /// <summary>The open device.</summary>
    public int Device => _device;

    /// <summary>The arena.</summary>
    public int Arena => _arena;

    /// <summary>Shared memory, by id.</summary>
    public IReadOnlyDictionary<int, int> Memory => _memory;

    /// <summary>Sorts descriptors.</summary>
    /// <param name="passed">What the service manager passed; other names are left alone.</param>
    /// <param name="kept">What a supplicant left; null if it is nothing, or not enough.</param>
    /// <param name="error">
    /// What is missing. Null if nothing was left at all, which is what a first start looks like.
    /// </param>
    public static bool TryRead(
        IReadOnlyList<(string Name, int Descriptor)> passed,
        [NotNullWhen(true)] out KeptDescriptors? kept,
        out string? error)
    {
        KeptDescriptors found = new();
        foreach ((string name, int descriptor) in passed)
        {
            found.Add(Encoding.UTF8.GetBytes(name), descriptor);
        }

        bool isEmpty = found._device < 0 && found._arena < 0 && found._memory.Count == 0;
        bool isWhole = found._device >= 0 && found._arena >= 0;
        kept = isWhole ? found : null;
        error = isEmpty || isWhole
            ? null
            : "the service manager kept only a part of the earlier supplicant's descriptors ("
                + (found._device < 0 ? "not the device" : "not the arena")
                + "); is FileDescriptorStoreMax= large enough?";
        return isWhole;
    }

    private void Add(ReadOnlySpan<byte> name, int descriptor)
    {
        if (name.SequenceEqual(DeviceName))
        {
            _device = descriptor;
        }
        else if (name.SequenceEqual(ArenaName))
        {
            _arena = descriptor;
        }
        else if (name.StartsWith(MemoryName)
            && int.TryParse(name[MemoryName.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int id))
        {
            _memory[id] = descriptor;
        }
    }
}
