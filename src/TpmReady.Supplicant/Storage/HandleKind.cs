// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Storage;

/// <summary>What a handle stands for; part of its number, so that one kind never passes for the other.</summary>
internal enum HandleKind
{
    /// <summary>A regular file.</summary>
    File = 0,

    /// <summary>A directory that is being listed.</summary>
    Directory = 1,
}
