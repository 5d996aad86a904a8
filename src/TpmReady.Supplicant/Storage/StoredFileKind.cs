// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Storage;

/// <summary>What a stored file is to the secure world.</summary>
internal enum StoredFileKind
{
    /// <summary>A name that today's OP-TEE does not use: nothing is known about how it is written.</summary>
    Other,

    /// <summary><c>dirf.db</c>, a hash tree that holds the name and the root hash of every object.</summary>
    Index,

    /// <summary>An object, a hash tree whose root hash stands in the index.</summary>
    Object,

    /// <summary>A TA in secure storage, written once and then entered into an object.</summary>
    Application,
}
