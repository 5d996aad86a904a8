// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.Plugins;

/// <summary>
/// struct plugin_method, the data symbol that a plug-in exports (libteec/include/tee_plugin_method.h of OP-TEE's
/// optee_client): 40 bytes on 64-bit machines, 28 on 32-bit ones.
/// </summary>
internal unsafe struct PluginMethod
{
    /// <summary>A C string for messages.</summary>
    public byte* Name;

    /// <summary>The UUID in C's form: 32, 16 and 16 bits in the machine's order, then eight bytes.</summary>
    public Guid Uuid;

    /// <summary>Called once when the plug-in is loaded; may be null. 0 is success.</summary>
    public delegate* unmanaged[Cdecl]<uint> Initialize;

    /// <summary>
    /// Command, sub-command, data, its length, and the length of what was written; returns a TEE result.
    /// </summary>
    public delegate* unmanaged[Cdecl]<uint, uint, void*, nuint, nuint*, uint> Invoke;
}
