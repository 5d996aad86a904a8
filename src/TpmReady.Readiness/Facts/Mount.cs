// SPDX-License-Identifier: MIT

namespace TpmReady.Readiness.Facts;

/// <summary>A mounted file system.</summary>
/// <param name="Point">Where.</param>
/// <param name="Type">Its type, as ext4.</param>
/// <param name="Source">What is mounted.</param>
/// <param name="IsReadOnly">Whether nothing can be written.</param>
/// <param name="Upper">Of an overlay: where writes go.</param>
public sealed record Mount(string Point, string Type, string Source, bool IsReadOnly, string? Upper)
{
    /// <summary>Whether what is written is gone after the next boot.</summary>
    public bool IsVolatile => Type is "tmpfs" or "ramfs" or "rootfs" or "devtmpfs";
}
