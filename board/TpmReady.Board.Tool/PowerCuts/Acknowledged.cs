// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.RegularExpressions;

namespace TpmReady.Board.Tool.PowerCuts;

/// <summary>What clients were told to be stored, and how it compares with what is there.</summary>
internal sealed partial class Acknowledged
{
    private readonly Dictionary<string, ulong> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong> _newestOfClient = new(StringComparer.Ordinal);
    private ulong _newest;

    /// <summary>Nothing yet.</summary>
    public Acknowledged()
    {
    }

    /// <summary>The same, to be continued on its own.</summary>
    public Acknowledged(Acknowledged other)
    {
        _objects = new(other._objects, StringComparer.Ordinal);
        _newestOfClient = new(other._newestOfClient, StringComparer.Ordinal);
        _newest = other._newest;
        Counter = other.Counter;
    }

    /// <summary>The objects that must be there.</summary>
    public IReadOnlyCollection<string> Objects => _objects.Keys;

    /// <summary>The least value that the TPM's counter must have.</summary>
    public ulong Counter { get; private set; }

    /// <summary>A sequence number that no write has had.</summary>
    public ulong Next => _newest + 1;

    /// <summary>Whether an output has an acknowledged write.</summary>
    public static bool Any(string output) => Acknowledgement().IsMatch(output);

    /// <summary>Whether an output has a value of the TPM's counter.</summary>
    public static bool AnyCount(string output) => Counted().IsMatch(output);

    /// <summary>Notes the acknowledged writes of an output, and returns how many they are.</summary>
    public int Note(string output)
    {
        int count = 0;
        foreach (Match match in Acknowledgement().Matches(output))
        {
            ulong sequence = Number(match, "sequence");
            string name = match.Groups["name"].Value;
            _objects[name] = sequence;
            _newestOfClient[Client(name)] = sequence;
            _newest = Math.Max(_newest, sequence);
            count++;
        }

        foreach (Match match in Counted().Matches(output))
        {
            Counter = Math.Max(Counter, Value(match));
            count++;
        }

        return count;
    }

    /// <summary>Compares with what a board read back; what is missing or wrong is forgotten, and counted once.</summary>
    /// <remarks>
    /// A client waits for each answer, so one write more than the last acknowledged one may be there, and nothing newer.
    /// </remarks>
    public Findings Compare(string output)
    {
        Findings findings = new();
        Dictionary<string, int> exits = new(StringComparer.Ordinal);
        foreach (Match match in Exit().Matches(output))
        {
            exits[match.Groups["name"].Value] = (int)Number(match, "code");
        }

        Dictionary<string, ulong> found = new(StringComparer.Ordinal);
        foreach (Match match in Found().Matches(output))
        {
            found[match.Groups["name"].Value] = Number(match, "sequence");
            _newest = Math.Max(_newest, Number(match, "sequence"));
        }

        foreach ((string name, ulong sequence) in _objects)
        {
            findings.Judge(
                name,
                (sequence, _newestOfClient[Client(name)] + 1),
                found.TryGetValue(name, out ulong there) ? there : null,
                exits.GetValueOrDefault(name, -1));
        }

        foreach (string name in findings.Wrong)
        {
            _objects.Remove(name);
        }

        return findings;
    }

    /// <summary>Whether the TPM's counter, as a board read it, has every count that was acknowledged.</summary>
    public bool HasCounted(string output) => Counted().Match(output) is { Success: true } match && Value(match) >= Counter;

    /// <summary>The objects "churn-0" to "churn-5" are one client's.</summary>
    private static string Client(string name) => name.Split('-')[0];

    private static ulong Number(Match match, string group) =>
        ulong.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    private static ulong Value(Match match) =>
        ulong.Parse(match.Groups["value"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^ack (?<name>\S+) (?<sequence>[0-9]+)\r?\n", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Acknowledgement();

    [GeneratedRegex(@"^counter (?<value>[0-9a-f]{16})\r?\n", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Counted();

    [GeneratedRegex(@"^(?<name>\S+) (?<sequence>[0-9]+) [0-9]+\r?\n", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Found();

    [GeneratedRegex(@"^exit (?<name>\S+) (?<code>[0-9]+)\r?\n", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Exit();
}
