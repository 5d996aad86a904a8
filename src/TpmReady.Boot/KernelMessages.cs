// SPDX-License-Identifier: MIT

using System.Globalization;
using System.Text;
using TpmReady.Linux.Interop;

namespace TpmReady.Boot;

/// <summary>
/// Messages of generators, which run before there is a journal: one write a message to the kernel's log, or standard
/// error where that cannot be opened.
/// </summary>
internal sealed unsafe class KernelMessages(string name, bool usesKernelLog)
{
    // LOG_DAEMON and LOG_NOTICE (syslog(3)).
    private const int Priority = (3 << 3) | 5;

    // printk takes 1 KiB a line (LOG_LINE_MAX).
    private const int MostCharacters = 900;

    /// <summary>Writes a message of one line.</summary>
    public void Write(string text)
    {
        string line = text.Length > MostCharacters ? text[..MostCharacters] : text;
        if (usesKernelLog)
        {
            int descriptor = Libc.Open("/dev/kmsg", Libc.O_WRONLY | Libc.O_CLOEXEC | Libc.O_NOCTTY);
            if (descriptor >= 0)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(string.Create(
                    CultureInfo.InvariantCulture, $"<{Priority}>{name}[{Libc.GetProcessId()}]: {line}\n"));
                nint count;
                fixed (byte* start = bytes)
                {
                    count = Libc.Write(descriptor, start, (nuint)bytes.Length);
                }

                _ = Libc.Close(descriptor);
                if (count > 0)
                {
                    return;
                }
            }
        }

        StandardOutput.WriteError($"{name}: {line}\n");
    }
}
