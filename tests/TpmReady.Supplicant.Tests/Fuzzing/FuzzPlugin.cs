// SPDX-License-Identifier: MIT

using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TpmReady.Supplicant.Plugins;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>
/// A plug-in that fills its buffer to the last byte, and tells lengths that are right, wrong or absurd.
/// </summary>
internal static unsafe class FuzzPlugin
{
    public static Guid Uuid { get; } = new("f07bfc66-958c-4a15-99c0-260e4e7375dd");

    public static Plugin Create() => new(Uuid, "fuzz", "/fuzz.plugin", &Invoke);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static uint Invoke(uint command, uint subCommand, void* data, nuint length, nuint* written)
    {
        new Span<byte>(data, (int)length).Fill((byte)subCommand);
        *written = (command % 4) switch
        {
            0 => length,
            1 => 0,
            2 => length + 1,
            _ => nuint.MaxValue,
        };
        return command % 8 == 7 ? 7u : 0;
    }
}
