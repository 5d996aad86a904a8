// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;

namespace TpmReady.Supplicant.Tests.Storage.PowerCut;

/// <summary>A directory as memory shows it, and the changes that a power cut may lose, each on its own.</summary>
internal sealed class MemoryDirectory
{
    private readonly Dictionary<string, MemoryFile> _durable = new(StringComparer.Ordinal);
    private readonly List<NameChange> _pending = [];

    /// <summary>What the names lead to now.</summary>
    public Dictionary<string, MemoryFile> Names { get; } = new(StringComparer.Ordinal);

    public int PendingCount => _pending.Count;

    /// <summary>Every file that some name may lead to after a power cut.</summary>
    public IEnumerable<MemoryFile> Reachable =>
        _durable.Values.Concat(_pending.Select(change => change.File)).Where(file => file is not null).Distinct()!;

    public void Enter(string name, MemoryFile file) => Add(new NameChange(name, file, null));

    public void Remove(string name) => Add(new NameChange(name, null, null));

    public void Rename(string from, string to) => Add(new NameChange(to, Names[from], from));

    /// <summary>fsync of the directory.</summary>
    public void Flush()
    {
        foreach (NameChange change in _pending)
        {
            change.ApplyTo(_durable);
        }

        _pending.Clear();
    }

    /// <summary>What is there if only these changes reached the medium.</summary>
    public Dictionary<string, MemoryFile> After(Func<int, bool> reached)
    {
        Dictionary<string, MemoryFile> names = new(_durable, StringComparer.Ordinal);
        for (int index = 0; index < _pending.Count; index++)
        {
            if (reached(index))
            {
                _pending[index].ApplyTo(names);
            }
        }

        return names;
    }

    /// <summary>A directory all of whose names are durable.</summary>
    public void SetDurable(string name, MemoryFile file)
    {
        Names[name] = file;
        _durable[name] = file;
    }

    private void Add(NameChange change)
    {
        change.ApplyTo(Names);
        _pending.Add(change);
    }
}
