// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;

namespace TpmReady.Readiness.Generation;

/// <summary>
/// Whether the supplicant's storage lies behind a volume that the TPM is to unlock: the TPM would wait for its own
/// storage. systemd would break such a cycle by leaving out a job, and nobody would know which.
/// </summary>
/// <param name="IsCertain">Whether the volume is known, or only possible.</param>
/// <param name="Volume">The volume, if it is certain.</param>
public sealed record StorageLoop(bool IsCertain, string? Volume)
{
    /// <summary>A loop, a possible loop, or null.</summary>
    public static StorageLoop? Find(SupplicantStorage storage, IReadOnlyList<EncryptedVolume> volumes)
    {
        ArgumentNullException.ThrowIfNull(storage);
        ArgumentNullException.ThrowIfNull(volumes);
        if (storage.MountSource is not { } source)
        {
            return null;
        }

        const string mapper = "/dev/mapper/";
        bool anyUsesTpm = false;
        foreach (EncryptedVolume volume in volumes)
        {
            anyUsesTpm |= volume.UsesTpm;
            if (source.StartsWith(mapper, StringComparison.Ordinal)
                && string.Equals(source[mapper.Length..], volume.Name, StringComparison.Ordinal))
            {
                return volume.UsesTpm ? new StorageLoop(IsCertain: true, volume.Name) : null;
            }
        }

        return anyUsesTpm && !IsPlainPartition(source) ? new StorageLoop(IsCertain: false, null) : null;
    }

    /// <summary>
    /// Whether the source cannot lie on a mapped device: a partition by its place or its own name. What the device
    /// mapper makes has a file system's UUID as well, and logical volumes have names of any kind.
    /// </summary>
    private static bool IsPlainPartition(string source)
    {
        foreach (string prefix in (ReadOnlySpan<string>)
        [
            "PARTUUID=", "PARTLABEL=", "/dev/disk/by-partuuid/", "/dev/disk/by-partlabel/", "/dev/disk/by-path/",
            "/dev/mmcblk", "/dev/nvme", "/dev/sd", "/dev/vd", "tmpfs",
        ])
        {
            if (source.StartsWith(prefix, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
