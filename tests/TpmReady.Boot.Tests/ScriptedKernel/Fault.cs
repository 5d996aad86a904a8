// SPDX-License-Identifier: MIT

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>The calls that shim.c can let fail, in its order.</summary>
internal enum Fault
{
    Open,
    Write,
    Sync,
    Thread,

    /// <summary>Not an error: a file operation of the program is about to begin. It stops and asks.</summary>
    Before,

    /// <summary>The same where one has just ended.</summary>
    After,

    /// <summary>The same where a descriptor is about to be given to the service manager.</summary>
    Keep,

    /// <summary>The same in a plug-in.</summary>
    Plugin,
}
