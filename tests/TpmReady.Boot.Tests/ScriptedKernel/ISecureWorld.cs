// SPDX-License-Identifier: MIT

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>Who makes the requests.</summary>
internal interface ISecureWorld
{
    /// <summary>The kernel that they go through.</summary>
    TeeKernel Kernel { get; }

    /// <summary>Sends a request and waits for its answer.</summary>
    Reply Call(uint function, params Parameter[] parameters);

    /// <summary>Waits for an answer.</summary>
    Reply Wait(Request request);

    /// <summary>Has the program allocate shared memory, as every request with a buffer does first.</summary>
    SharedBuffer Allocate(int size);
}
