// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.Interop;

namespace TpmReady.Boot.Driver;

/// <summary>
/// Loads a module with modprobe(8), as udev does by alias; udev may have been faster, and a kernel without modules
/// needs none. Whether it worked matters to nobody: the facts tell whether the driver came.
/// </summary>
internal static unsafe class ModuleLoader
{
    private static ReadOnlySpan<byte> NullDevice => "/dev/null\0"u8;

    /// <summary>Runs modprobe and waits for it.</summary>
    /// <returns>Whether it was found and ended well.</returns>
    public static bool Load(string module)
    {
        foreach (string program in (ReadOnlySpan<string>)["/usr/sbin/modprobe", "/sbin/modprobe", "/usr/bin/modprobe"])
        {
            int status = Run(program, module);
            if (status >= 0)
            {
                return status == 0;
            }
        }

        return false;
    }

    private static int Run(string program, string module)
    {
        byte* actions = stackalloc byte[Libc.SpawnObjectSize];
        byte*[] words = [Text(program), Text("--quiet"), Text("--"), Text(module), null];
        byte** environment = stackalloc byte*[1];
        environment[0] = null;
        int process = 0;
        int error = Libc.SpawnFileActionsInitialize(actions);
        fixed (byte** arguments = words)
        fixed (byte* null_ = NullDevice)
        {
            error = error != 0 ? error : Libc.SpawnFileActionsOpen(actions, 0, null_, Libc.O_RDONLY, 0);
            error = error != 0 ? error : Libc.Spawn(&process, arguments[0], actions, null, arguments, environment);
        }

        if (error != 0)
        {
            return -1;
        }

        int status;
        while (Libc.Waitpid(process, &status, 0) < 0)
        {
            if (Libc.LastError != Errno.EINTR)
            {
                return 0;
            }
        }

        return status;
    }

    private static byte* Text(string text) =>
        (byte*)System.Runtime.InteropServices.Marshal.StringToCoTaskMemUTF8(text);
}
