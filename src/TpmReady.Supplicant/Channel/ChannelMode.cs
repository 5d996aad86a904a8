// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Channel;

/// <summary>How the kernel hands requests out.</summary>
public enum ChannelMode
{
    /// <summary>No request has come yet, so nobody knows. One thread may receive.</summary>
    Unknown,

    /// <summary>Requests carry an id: many at once, answered in any order (Linux 4.16 and later).</summary>
    Asynchronous,

    /// <summary>
    /// Requests carry no id: one at a time. On the oldest kernels a second RECV before SEND aborts the first request.
    /// </summary>
    Synchronous,
}
