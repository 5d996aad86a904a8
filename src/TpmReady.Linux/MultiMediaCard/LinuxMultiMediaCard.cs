// SPDX-License-Identifier: MIT

using TpmReady.Linux.Interop;

namespace TpmReady.Linux.MultiMediaCard;

/// <summary>The system call itself.</summary>
internal sealed unsafe class LinuxMultiMediaCard : IMultiMediaCard
{
    /// <inheritdoc/>
    public int Execute(int descriptor, MultiMediaCardAbi.ThreeCommands* commands) =>
        Libc.Ioctl(descriptor, MultiMediaCardAbi.MultiCommand, commands) < 0 ? -Libc.LastError : 0;
}
