// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Sandbox;

/// <summary>What a rule is attached to when its path does not exist: rules belong to files, not names.</summary>
internal enum Absence
{
    /// <summary>Nothing: it stays out of reach.</summary>
    Ignored,

    /// <summary>The nearest directory above that exists.</summary>
    ParentInstead,

    /// <summary>
    /// The root: something will be mounted on the way to it, and the kernel does not look at what a mount hides. An
    /// empty directory may be such a mount point, too; its parent is then in reach as well.
    /// </summary>
    RootInstead,
}
