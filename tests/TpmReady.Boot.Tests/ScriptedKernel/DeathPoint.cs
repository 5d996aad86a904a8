// SPDX-License-Identifier: MIT

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>Where the program is when it is killed.</summary>
public enum DeathPoint
{
    /// <summary>Nowhere: it is not to be killed.</summary>
    None,

    /// <summary>Wherever it happens to be.</summary>
    Random,

    /// <summary>In RECV: a request is in its memory, and it never learns of it.</summary>
    AfterReceive,

    /// <summary>Before the first file operation of a request.</summary>
    BeforeExecution,

    /// <summary>After a file operation of a request, before anything says so.</summary>
    AfterExecution,

    /// <summary>In SEND, before the kernel took the answer.</summary>
    InSend,

    /// <summary>In SEND, after the kernel took the answer.</summary>
    InSendDelivered,

    /// <summary>After SEND, on the way to the next RECV.</summary>
    AfterSend,

    /// <summary>While memory is registered for SHM_ALLOC, before the kernel did it.</summary>
    InRegistration,

    /// <summary>While memory is registered for SHM_ALLOC, after the kernel did it.</summary>
    InRegistrationDone,

    /// <summary>In a plug-in.</summary>
    InPlugin,

    /// <summary>Before a descriptor is given to the service manager.</summary>
    BeforeKeeping,
}
