// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace TpmReady.Readiness.Tests.Units;

/// <summary>
/// Which unit starts after which, from the texts of units. All units count as started, so a cycle that any combination
/// of them could have is found; systemd itself only looks at those in one transaction.
/// </summary>
internal sealed class UnitGraph
{
    private readonly Dictionary<string, HashSet<string>> _after = new(StringComparer.Ordinal);

    /// <summary>Adds a unit's text; %i and %I are its instance.</summary>
    public void Add(string unit, string text)
    {
        int at = unit.IndexOf('@', StringComparison.Ordinal);
        string instance = at < 0 ? "" : Path.GetFileNameWithoutExtension(unit)[(at + 1)..];
        bool hasDefaults = true;
        foreach (string row in text.Split('\n'))
        {
            string line = row.Trim().Replace("%i", instance, StringComparison.Ordinal)
                .Replace("%I", instance, StringComparison.Ordinal);
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || line[0] is '#' or '[')
            {
                continue;
            }

            string key = line[..equals];
            string[] values = line[(equals + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            hasDefaults &= key is not "DefaultDependencies";
            foreach (string value in values)
            {
                if (key is "After")
                {
                    Order(unit, value);
                }
                else if (key is "Before" && !value.EndsWith(".device", StringComparison.Ordinal))
                {
                    Order(value, unit);
                }
                else if (key is "RequiresMountsFor")
                {
                    Order(unit, value.Split('/')[1] + ".mount");
                }
            }
        }

        // systemd.service(5), "Default Dependencies".
        if (hasDefaults && text.Contains("[Service]", StringComparison.Ordinal))
        {
            Order(unit, "sysinit.target");
            Order(unit, "basic.target");
        }
    }

    /// <summary>Adds a file with one paragraph a unit, each under its name in brackets.</summary>
    public void AddParagraphs(string text)
    {
        string? unit = null;
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith('[') && line.TrimEnd().EndsWith(']'))
            {
                unit = line.Trim()[1..^1];
            }
            else if (unit is not null)
            {
                Add(unit, line);
            }
        }
    }

    /// <summary>A cycle, as "a after b after a"; null if there is none.</summary>
    public string? FindCycle()
    {
        HashSet<string> done = new(StringComparer.Ordinal);
        foreach (string unit in _after.Keys.Order(StringComparer.Ordinal))
        {
            if (Visit(unit, [], done) is { } cycle)
            {
                return cycle;
            }
        }

        return null;
    }

    /// <summary>Whether one unit starts after another, directly or not.</summary>
    public bool IsAfter(string unit, string other)
    {
        Queue<string> queue = new([unit]);
        HashSet<string> seen = new(StringComparer.Ordinal);
        while (queue.TryDequeue(out string? current))
        {
            foreach (string next in _after.GetValueOrDefault(current) ?? [])
            {
                if (string.Equals(next, other, StringComparison.Ordinal))
                {
                    return true;
                }

                if (seen.Add(next))
                {
                    queue.Enqueue(next);
                }
            }
        }

        return false;
    }

    private void Order(string later, string earlier)
    {
        if (!_after.TryGetValue(later, out HashSet<string>? set))
        {
            _after[later] = set = new HashSet<string>(StringComparer.Ordinal);
        }

        set.Add(earlier);
    }

    private string? Visit(string unit, List<string> path, HashSet<string> done)
    {
        int start = path.IndexOf(unit);
        if (start >= 0)
        {
            return string.Join(" after ", [.. path[start..], unit]);
        }

        if (!_after.TryGetValue(unit, out HashSet<string>? earlier) || done.Contains(unit))
        {
            return null;
        }

        path.Add(unit);
        foreach (string next in earlier.Order(StringComparer.Ordinal))
        {
            if (Visit(next, path, done) is { } cycle)
            {
                return cycle;
            }
        }

        path.RemoveAt(path.Count - 1);
        done.Add(unit);
        return null;
    }
}
