// SPDX-License-Identifier: MIT

using System.Collections.Generic;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>What was noticed to be wrong, by whichever part noticed it.</summary>
internal sealed class FuzzFaults
{
    private readonly List<string> _faults = [];
    private volatile bool _any;

    public bool Any => _any;

    public void Add(string fault)
    {
        lock (_faults)
        {
            _any = true;
            if (_faults.Count < 10)
            {
                _faults.Add(fault);
            }
        }
    }

    public override string ToString()
    {
        lock (_faults)
        {
            return string.Join("\n", _faults);
        }
    }
}
