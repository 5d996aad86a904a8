// SPDX-License-Identifier: MIT

using System;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Plugins;

/// <summary>One loaded plug-in. It is never unloaded: its threads and signal handlers could outlive it.</summary>
/// <param name="uuid">What TAs call it by.</param>
/// <param name="name">Its own name, for messages.</param>
/// <param name="path">Where it came from.</param>
/// <param name="invoke">Its entry point.</param>
internal sealed unsafe class Plugin(
    Guid uuid, string name, string path, delegate* unmanaged[Cdecl]<uint, uint, void*, nuint, nuint*, uint> invoke)
{
    private readonly delegate* unmanaged[Cdecl]<uint, uint, void*, nuint, nuint*, uint> _invoke = invoke;

    /// <summary>What TAs call it by.</summary>
    public Guid Uuid { get; } = uuid;

    /// <summary>Its own name, for messages.</summary>
    public string Name { get; } = name;

    /// <summary>Where it came from.</summary>
    public string Path { get; } = path;

    /// <summary>Calls the plug-in, in place on shared memory. A crash inside is a crash of the supplicant.</summary>
    /// <param name="command">The command.</param>
    /// <param name="subCommand">The sub-command.</param>
    /// <param name="data">Input and output; may be empty.</param>
    /// <param name="written">How many bytes the plug-in says that it wrote.</param>
    public TeeResult Invoke(uint command, uint subCommand, Span<byte> data, out nuint written)
    {
        nuint length = 0;
        uint result;
        fixed (byte* bytes = data)
        {
            result = _invoke(command, subCommand, bytes, (nuint)data.Length, &length);
        }

        written = length;
        return (TeeResult)result;
    }
}
