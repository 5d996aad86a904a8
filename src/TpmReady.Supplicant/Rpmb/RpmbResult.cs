// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Rpmb;

/// <summary>How an RPMB operation ended (JESD84-B51, section 6.6.22, "RPMB Operation Results").</summary>
internal enum RpmbResult : ushort
{
    /// <summary>It succeeded.</summary>
    Success = 0,

    /// <summary>It is not possible so: a second key, a wrong number of blocks.</summary>
    GeneralFailure = 1,

    /// <summary>The MAC is not that of the programmed key.</summary>
    AuthenticationFailure = 2,

    /// <summary>The write counter in the request is not the card's.</summary>
    CounterFailure = 3,

    /// <summary>The blocks do not all lie in the partition.</summary>
    AddressFailure = 4,

    /// <summary>The blocks could not be written.</summary>
    WriteFailure = 5,

    /// <summary>The blocks could not be read.</summary>
    ReadFailure = 6,

    /// <summary>No key was programmed yet.</summary>
    KeyNotProgrammed = 7,

    /// <summary>
    /// A bit beside any of these: the write counter has reached its end, and nothing can be written again.
    /// </summary>
    CounterExpired = 0x80,
}
