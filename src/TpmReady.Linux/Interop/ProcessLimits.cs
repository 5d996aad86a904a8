// SPDX-License-Identifier: MIT

namespace TpmReady.Linux.Interop;

/// <summary>Limits of this process that it may raise itself.</summary>
internal static unsafe class ProcessLimits
{
    /// <summary>
    /// Raises the soft limit of open files to the hard one. The soft one is 1024 only for programs that use select(2),
    /// which ours does not; each shared-memory object takes a descriptor.
    /// </summary>
    /// <returns>The limit that now holds; 0 if it cannot be read.</returns>
    public static ulong RaiseOpenFiles()
    {
        Libc.ResourceLimit limit = default;
        if (Libc.GetResourceLimit(Libc.RLIMIT_NOFILE, &limit) != 0)
        {
            return 0;
        }

        ulong before = limit.Current;
        limit.Current = limit.Maximum;
        return Libc.SetResourceLimit(Libc.RLIMIT_NOFILE, &limit) == 0 ? limit.Current : before;
    }
}
