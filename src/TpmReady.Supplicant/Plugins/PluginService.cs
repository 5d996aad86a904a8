// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Plugins;

/// <summary>
/// PLUGIN: value in (a = 0, b and c = first two words of the UUID), value in (a and b = its last two words, c =
/// command), value in-out (a = sub-command, b = bytes written), memory in-out. Called by many threads at once, as
/// plug-ins expect.
/// </summary>
/// <param name="plugins">The loaded plug-ins.</param>
/// <param name="log">Where odd plug-ins are reported.</param>
internal sealed class PluginService(IEnumerable<Plugin> plugins, ILog log) : IRpcService
{
    // OPTEE_RPC_PLUGIN_INVOKE in OP-TEE's core/include/optee_rpc_cmd.h.
    private const ulong InvokeOperation = 0;

    private readonly Plugin[] _plugins = [.. plugins];

    /// <inheritdoc/>
    public RpcFunction Function => RpcFunction.Plugin;

    /// <inheritdoc/>
    public TeeResult Invoke(ref RpcRequest request)
    {
        if (!request.HasTypes(
            TeeParameterType.ValueInput,
            TeeParameterType.ValueInput,
            TeeParameterType.ValueInOut,
            TeeParameterType.MemoryInOut))
        {
            return TeeResult.BadParameters;
        }

        if (request.Parameters[0].A != InvokeOperation)
        {
            return TeeResult.NotSupported;
        }

        // Without data the plug-in runs all the same: that is how TAs ask whether it is there.
        MemoryReference memory = request.GetMemory(3);
        if (!memory.IsValid && (request.Parameters[3].B != 0 || !memory.IsNull))
        {
            return TeeResult.BadParameters;
        }

        Plugin? plugin = Find(ReadUuid(request.Parameters));
        return plugin is null ? TeeResult.ItemNotFound : Invoke(plugin, request.Parameters, memory.Bytes);
    }

    /// <summary>Nobody knows what a plug-in does with a command.</summary>
    public bool CanRepeat(ref RpcRequest request) => false;

    /// <summary>What a plug-in did cannot be taken back.</summary>
    public void Undo(ref RpcRequest request)
    {
    }

    private TeeResult Invoke(Plugin plugin, Span<TeeParameter> parameters, Span<byte> data)
    {
        TeeResult result = plugin.Invoke((uint)parameters[1].C, (uint)parameters[2].A, data, out nuint written);
        parameters[2].B = written;
        if (written > (nuint)data.Length)
        {
            log.Write(
                LogLevel.Warning,
                $"Plug-in {plugin.Name} says that it wrote {written} bytes into a buffer of {data.Length}.");
        }

        return result;
    }

    private Plugin? Find(Guid uuid)
    {
        foreach (Plugin plugin in _plugins)
        {
            if (plugin.Uuid == uuid)
            {
                return plugin;
            }
        }

        return null;
    }

    // Four words that hold the UUID's octets in the order of RFC 9562.
    private static Guid ReadUuid(ReadOnlySpan<TeeParameter> parameters)
    {
        ReadOnlySpan<uint> words =
        [
            (uint)parameters[0].B,
            (uint)parameters[0].C,
            (uint)parameters[1].A,
            (uint)parameters[1].B,
        ];
        return new Guid(MemoryMarshal.AsBytes(words), bigEndian: true);
    }
}
