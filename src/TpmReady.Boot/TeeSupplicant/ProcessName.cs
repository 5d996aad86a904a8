// SPDX-License-Identifier: MIT

using System.Text;
using TpmReady.Linux.Interop;

namespace TpmReady.Boot.TeeSupplicant;

/// <summary>What ps and pgrep call this process, whatever link or role word it was started by.</summary>
internal static unsafe class ProcessName
{
    /// <summary>Sets the name; the kernel keeps its first 15 bytes. Call it on the main thread.</summary>
    public static void Set(string name)
    {
        fixed (byte* bytes = Encoding.UTF8.GetBytes(name + '\0'))
        {
            _ = Libc.Prctl(Libc.PR_SET_NAME, bytes, 0, 0, 0);
        }
    }
}
