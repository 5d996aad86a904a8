// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.Tests.Storage.PowerCut;

/// <summary>How much a simulation tried.</summary>
internal sealed class PowerCutCounts
{
    private readonly long[] _states = new long[2];
    private readonly long[] _sets = new long[2];
    private readonly long[] _exhausted = new long[2];

    public long Operations { get; set; }

    public long Cuts { get; set; }

    public long Reboots { get; set; }

    /// <summary>How many cuts there were at which not every state of whole pages was tried.</summary>
    public long SampledPages => _sets[0] - _exhausted[0];

    public void Add(bool torn) => _states[torn ? 1 : 0]++;

    public void AddSet(bool torn, bool exhausted)
    {
        _sets[torn ? 1 : 0]++;
        _exhausted[torn ? 1 : 0] += exhausted ? 1 : 0;
    }

    public void Add(PowerCutCounts other)
    {
        Operations += other.Operations;
        Cuts += other.Cuts;
        Reboots += other.Reboots;
        for (int index = 0; index < _states.Length; index++)
        {
            _states[index] += other._states[index];
            _sets[index] += other._sets[index];
            _exhausted[index] += other._exhausted[index];
        }
    }

    public override string ToString() => FormattableString.Invariant(
        $"{Operations} operations, {Cuts} power cuts, {Reboots} reboots; {_states[0]} states of whole pages ")
        + FormattableString.Invariant($"(all of them at {_exhausted[0]} of {_sets[0]} cuts), {_states[1]} states ")
        + FormattableString.Invariant($"torn at 512 bytes (all at {_exhausted[1]} of {_sets[1]} cuts)");
}
