// SPDX-License-Identifier: MIT

using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;

namespace TpmReady.Supplicant.Device;

/// <summary>What came of trying one node.</summary>
/// <param name="Path">The node.</param>
/// <param name="Error">0 if it opened, else the error of open or of TEE_IOC_VERSION.</param>
/// <param name="Version">What it says of itself, if it opened.</param>
public readonly record struct NodeProbe(string Path, int Error, TeeVersion Version)
{
    /// <summary>Whether the node is the one to serve.</summary>
    public bool IsSuitable =>
        Error == Errno.Success && Version.Implementation == TeeVersion.OpTee && Version.IsPrivileged;

    /// <summary>Whether there is no such node, or none that has a driver behind it.</summary>
    public bool IsMissing => Error is Errno.ENOENT or Errno.ENXIO or Errno.ENODEV or Errno.ENOTDIR;

    /// <summary>What is wrong with the node, in a few words.</summary>
    public string Describe() => Error switch
    {
        Errno.Success when Version.Implementation != TeeVersion.OpTee =>
            $"{Path}: belongs to {Version.ImplementationName}, not to OP-TEE",
        Errno.Success when !Version.IsPrivileged => $"{Path}: is for clients; the supplicant's node is named teepriv",
        Errno.Success => $"{Path}: OP-TEE",
        Errno.EBUSY => $"{Path}: busy, another supplicant has it open or left requests behind",
        Errno.EACCES or Errno.EPERM => $"{Path}: permission denied",
        Errno.ENOTTY or Errno.EINVAL => $"{Path}: is not a TEE device",
        _ when IsMissing => $"{Path}: does not exist",
        _ => $"{Path}: {Errno.Name(Error)}",
    };
}
