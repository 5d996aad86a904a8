// SPDX-License-Identifier: MIT

using System.Text;
using TpmReady.Linux.Interop;

namespace TpmReady.Boot.TeeSupplicant;

/// <summary>
/// The background process's end of the pipe to the process that was called with -d: one NUL says that the device is
/// open, anything else is why it is not.
/// </summary>
/// <param name="descriptor">The pipe, or null if nobody waits.</param>
internal sealed unsafe class ReadyPipe(int? descriptor)
{
    private int _descriptor = descriptor ?? -1;

    /// <summary>Whether somebody waits.</summary>
    public bool IsActive => _descriptor >= 0;

    /// <summary>The device is open: the caller may go on.</summary>
    public void Succeed() => Send([0]);

    /// <summary>The device could not be opened; the caller prints why.</summary>
    public void Fail(string reason) => Send(Encoding.UTF8.GetBytes(reason));

    private void Send(byte[] bytes)
    {
        if (_descriptor < 0)
        {
            return;
        }

        fixed (byte* buffer = bytes)
        {
            // Shorter than PIPE_BUF, so it goes out whole; a caller that was killed meanwhile does not matter.
            _ = Libc.Write(_descriptor, buffer, (nuint)bytes.Length);
        }

        _ = Libc.Close(_descriptor);
        _descriptor = -1;
    }
}
