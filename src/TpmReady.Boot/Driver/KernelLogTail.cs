// SPDX-License-Identifier: MIT

using System;
using System.Text;
using TpmReady.Linux.Interop;
using TpmReady.Readiness.Driving;

namespace TpmReady.Boot.Driver;

/// <summary>
/// What the kernel has logged since this was made: each read(2) of /dev/kmsg is one record
/// (Documentation/ABI/testing/dev-kmsg). Where it cannot be read (kernel.dmesg_restrict without CAP_SYSLOG) there is none.
/// </summary>
internal sealed unsafe class KernelLogTail : IDisposable
{
    // No record is longer (CONSOLE_EXT_LOG_MAX, PRINTK_MESSAGE_MAX); and a kernel that logs without end ends the search.
    private const int LongestRecord = 8192;
    private const int MostRecords = 2000;
    private const int FromTheEnd = 2;

    private readonly int _descriptor =
        Libc.Open("/dev/kmsg", Libc.O_RDONLY | Libc.O_NONBLOCK | Libc.O_CLOEXEC | Libc.O_NOCTTY);

    public KernelLogTail()
    {
        if (_descriptor >= 0)
        {
            _ = Libc.Lseek(_descriptor, 0, FromTheEnd);
        }
    }

    /// <summary>The TEE's code of the last probe that failed; null if there is none.</summary>
    public uint? ProbeCode()
    {
        uint? code = null;
        byte* record = stackalloc byte[LongestRecord];
        for (int i = 0; _descriptor >= 0 && i < MostRecords; i++)
        {
            nint count = Libc.Read(_descriptor, record, LongestRecord);
            if (count > 0)
            {
                code = ProbeMessage.CodeIn(Encoding.Latin1.GetString(record, (int)count)) ?? code;
            }
            else if (count == 0 || Libc.LastError is not (Errno.EPIPE or Errno.EINTR))
            {
                // EPIPE: records were overwritten before they were read, and the next read goes on behind them.
                break;
            }
        }

        return code;
    }

    public void Dispose()
    {
        if (_descriptor >= 0)
        {
            _ = Libc.Close(_descriptor);
        }
    }
}
