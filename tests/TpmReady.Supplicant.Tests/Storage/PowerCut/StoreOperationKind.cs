// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Tests.Storage.PowerCut;

/// <summary>What a TA does with its objects.</summary>
internal enum StoreOperationKind
{
    Create,
    Write,
    Truncate,
    Remove,
    Rename,
}
