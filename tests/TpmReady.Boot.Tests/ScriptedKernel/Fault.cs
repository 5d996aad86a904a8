// SPDX-License-Identifier: MIT

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>The calls that shim.c can let fail, in its order.</summary>
internal enum Fault
{
    Open,
    Write,
    Sync,
    Thread,
}
