// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;

namespace TpmReady.Diagnosis.Codes;

/// <summary>
/// Linux error numbers that turn up around TPMs, and what they mean there. Numbers: include/uapi/asm-generic/errno*.h (the
/// same on x86-64 and arm64).
/// </summary>
internal static class ErrnoTable
{
    /// <summary>Number, name, meaning.</summary>
    public static IReadOnlyList<(int Number, string Name, string Meaning)> All { get; } =
    [
        (1, "EPERM", "operation not permitted"),
        (2, "ENOENT", "no such file or directory; from a TPM node: the driver is not bound"),
        (4, "EINTR", "interrupted by a signal; try again"),
        (5, "EIO", "input/output error: the TPM or its bus failed"),
        (6, "ENXIO", "no such device or address: the node exists and no driver is behind it"),
        (9, "EBADF", "bad file descriptor; from TEE_IOC_SUPPL_SEND: the kernel revoked the request, which is harmless"),
        (11, "EAGAIN", "try again"),
        (12, "ENOMEM", "out of memory; from OP-TEE mostly: nobody served the request"),
        (13, "EACCES", "permission denied: see the owner and group of the device"),
        (14, "EFAULT", "bad address"),
        (16, "EBUSY", "device or resource busy: somebody else has it open, or the region is claimed"),
        (17, "EEXIST", "exists already"),
        (19, "ENODEV", "no such device: the driver found no TPM, or the TPM answered with an error at start"),
        (22, "EINVAL", "invalid argument; from the fTPM's probe: any failure of open_session, see the code beside it"),
        (28, "ENOSPC", "no space left on device"),
        (30, "EROFS", "read-only file system"),
        (32, "EPIPE", "broken pipe: the TPM was disabled after a failure"),
        (39, "ENOTEMPTY", "directory not empty"),
        (61, "ENODATA", "no data available"),
        (62, "ETIME", "timer expired: the TPM did not answer in time"),
        (65, "ENOPKG", "package not installed: a TPM library is missing"),
        (71, "EPROTO", "protocol error"),
        (74, "EBADMSG", "bad message: what was read is damaged"),
        (95, "EOPNOTSUPP", "operation not supported: no complete TPM 2.0 support"),
        (107, "ENOTCONN", "not connected"),
        (110, "ETIMEDOUT", "connection timed out: the TPM did not answer on its bus"),
        (112, "EHOSTDOWN", "host is down"),
        (121, "EREMOTEIO", "remote input/output error: no answer on the bus"),
        (131, "ENOTRECOVERABLE", "state not recoverable: systemd says this when a TPM command failed for good"),
        (517, "EPROBE_DEFER", "the driver waits for another one; normal"),
    ];

    /// <summary>Finds an entry by its number.</summary>
    /// <param name="number">The number, positive.</param>
    public static (int Number, string Name, string Meaning)? Find(int number)
    {
        foreach ((int Number, string Name, string Meaning) entry in All)
        {
            if (entry.Number == number)
            {
                return entry;
            }
        }

        return null;
    }

    /// <summary>Finds an entry by its name.</summary>
    /// <param name="name">The name in any case.</param>
    public static (int Number, string Name, string Meaning)? Find(string name)
    {
        foreach ((int Number, string Name, string Meaning) entry in All)
        {
            if (entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return entry;
            }
        }

        return null;
    }
}
