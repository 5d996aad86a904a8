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

    /// <summary>Debian's, by the unit of Debian's package: started with multi-user.target.</summary>
    Stock,

    /// <summary>Debian's program, by the unit and udev rule that optee_client ships: started by the device.</summary>
    Shipped,

    /// <summary>None: the test starts one, or looks at what happens without.</summary>
    None,
}
