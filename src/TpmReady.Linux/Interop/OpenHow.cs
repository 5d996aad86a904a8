// SPDX-License-Identifier: MIT

namespace TpmReady.Linux.Interop;

/// <summary>struct open_how, 24 bytes (include/uapi/linux/openat2.h).</summary>
internal struct OpenHow
{
    /// <summary>Fails with ELOOP at a magic link of procfs.</summary>
    internal const ulong NoMagicLinks = 0x02;

    /// <summary>Fails with ELOOP at any symbolic link, also in the middle of the path.</summary>
    internal const ulong NoSymlinks = 0x04;

    /// <summary>Fails with EXDEV when the path would leave the directory it started from.</summary>
    internal const ulong Beneath = 0x08;

    /// <summary>
    /// The directory it starts from is the root: absolute links and <c>..</c> stay inside (RESOLVE_IN_ROOT).
    /// </summary>
    internal const ulong InRoot = 0x10;

    /// <summary>The O_* flags.</summary>
    internal ulong Flags;

    /// <summary>Permissions of a file that is created; 0 otherwise.</summary>
    internal ulong Mode;

    /// <summary>How to resolve the path.</summary>
    internal ulong Resolve;
}
