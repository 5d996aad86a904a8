// SPDX-License-Identifier: MIT

namespace TpmReady.Board;

/// <summary>Which supplicant the board runs.</summary>
public enum SupplicantKind
{
    /// <summary>This project's.</summary>
    Ours,

    /// <summary>Debian's, written in C: the one to compare with.</summary>
    C,

    /// <summary>Ours, by the packaged units: tpmready-generator decides whether and when.</summary>
    Units,

    /// <summary>None: the test starts one, or looks at what happens without.</summary>
    None,
}
