// SPDX-License-Identifier: MIT

using System.Text;
using TpmReady.Linux.Interop;

namespace TpmReady.Boot;

/// <summary>The standard streams, without what System.Console brings along.</summary>
internal static unsafe class StandardOutput
{
    private const int Output = 1;
    private const int Error = 2;

    /// <summary>Writes to standard output.</summary>
    public static void Write(string text) => Write(Output, text);

    /// <summary>Writes to standard error.</summary>
    public static void WriteError(string text) => Write(Error, text);

    private static void Write(int descriptor, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int done = 0;
        fixed (byte* buffer = bytes)
        {
            while (done < bytes.Length)
            {
                nint count = Libc.Write(descriptor, buffer + done, (nuint)(bytes.Length - done));
                if (count < 0 && Libc.LastError != Errno.EINTR)
                {
                    return;
                }

                done += (int)nint.Max(count, 0);
            }
        }
    }
}
