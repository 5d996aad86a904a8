// SPDX-License-Identifier: MIT

using System;
using System.Threading;
using TpmReady.Linux.Files;

namespace TpmReady.Supplicant.TrustedApplications;

/// <summary>
/// The few files that were measured and are about to be loaded. One a TA; one that nobody loads (its client was killed)
/// is closed when it is old, or when the room is needed.
/// </summary>
internal sealed class OpenedApplications(IFileOperations files)
{
    /// <summary>How many files are kept: more loads at the same time only cost a second open.</summary>
    public const int Capacity = 8;

    /// <summary>How long a file is kept, in milliseconds.</summary>
    public const long LifetimeMilliseconds = 5000;

    private readonly Lock _lock = new();
    private readonly Entry[] _entries = new Entry[Capacity];

    /// <summary>Keeps a file, in place of an earlier one of the same TA.</summary>
    public void Add(OpenedApplication file)
    {
        long now = Environment.TickCount64;
        lock (_lock)
        {
            int place = 0;
            for (int i = 0; i < Capacity; i++)
            {
                if (_entries[i].File.Uuid == file.Uuid || now - _entries[i].Since > LifetimeMilliseconds)
                {
                    Close(i);
                }

                if (!_entries[i].IsUsed || (_entries[place].IsUsed && _entries[i].Since < _entries[place].Since))
                {
                    place = i;
                }
            }

            Close(place);
            _entries[place] = new Entry { IsUsed = true, Since = now, File = file };
        }
    }

    /// <summary>Takes a file out; the caller closes it.</summary>
    public bool TryTake(Guid uuid, out OpenedApplication file)
    {
        lock (_lock)
        {
            int place = Find(uuid);
            file = place < 0 ? default : _entries[place].File;
            bool isFresh = place >= 0 && Environment.TickCount64 - _entries[place].Since <= LifetimeMilliseconds;
            if (isFresh)
            {
                _entries[place] = default;
            }

            return isFresh;
        }
    }

    /// <summary>Closes a TA's file if there is one: a new load must see the file of now.</summary>
    public void Drop(Guid uuid)
    {
        lock (_lock)
        {
            int place = Find(uuid);
            if (place >= 0)
            {
                Close(place);
            }
        }
    }

    private int Find(Guid uuid)
    {
        for (int i = 0; i < Capacity; i++)
        {
            if (_entries[i].IsUsed && _entries[i].File.Uuid == uuid)
            {
                return i;
            }
        }

        return -1;
    }

    private void Close(int place)
    {
        if (_entries[place].IsUsed)
        {
            files.Close(_entries[place].File.Descriptor);
            _entries[place] = default;
        }
    }

    private struct Entry
    {
        public bool IsUsed;
        public long Since;
        public OpenedApplication File;
    }
}
