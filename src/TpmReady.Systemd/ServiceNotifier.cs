// SPDX-License-Identifier: MIT

using System.Globalization;
using System.Text;
using TpmReady.Linux.Interop;

namespace TpmReady.Systemd;

/// <summary>
/// Tells the service manager how the service is doing: one datagram a message to the socket in NOTIFY_SOCKET
/// (sd_notify(3)). A service must not fail because nobody listens, so results may be ignored.
/// </summary>
public sealed unsafe class ServiceNotifier
{
    /// <summary>The variable that holds the socket's address.</summary>
    public const string Variable = "NOTIFY_SOCKET";

    private readonly UnixAddress _address;
    private readonly uint _addressLength;

    /// <summary>
    /// A notifier for an address: a path, or an abstract name with <c>@</c> in front. Null or empty: nobody listens.
    /// </summary>
    public ServiceNotifier(string? address)
    {
        if (!string.IsNullOrEmpty(address))
        {
            IsAddressBad = !UnixAddress.TryCreate(Encoding.UTF8.GetBytes(address), out _address, out _addressLength);
        }
    }

    /// <summary>Whether there is somebody to tell.</summary>
    public bool IsActive => _addressLength != 0;

    /// <summary>Whether an address was given that is none.</summary>
    public bool IsAddressBad { get; }

    /// <summary>The service serves.</summary>
    /// <returns>0, or the error number that sending failed with.</returns>
    public int Ready(string status) => Send($"READY=1\nSTATUS={OneLine(status)}\n");

    /// <summary>One line for people, as <c>systemctl status</c> shows it.</summary>
    public int Status(string status) => Send($"STATUS={OneLine(status)}\n");

    /// <summary>The service begins to end.</summary>
    public int Stopping(string status) => Send($"STOPPING=1\nSTATUS={OneLine(status)}\n");

    /// <summary>
    /// Another process of the unit is the main process from now on. Only the main process itself is believed that
    /// (NotifyAccess=main).
    /// </summary>
    public int MainProcess(int process) =>
        Send(string.Create(CultureInfo.InvariantCulture, $"MAINPID={process}\n"));

    /// <summary>The service failed.</summary>
    /// <param name="error">An error number, or 0 if none fits.</param>
    /// <param name="status">What failed.</param>
    public int Failed(int error, string status) => Send(
        string.Create(
            CultureInfo.InvariantCulture,
            $"STATUS={OneLine(status)}\n{(error == 0 ? "" : $"ERRNO={error}\n")}"));

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private int Send(string message)
    {
        if (!IsActive)
        {
            return Errno.Success;
        }

        int socket = Libc.Socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0);
        if (socket < 0)
        {
            return Libc.LastError;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(message);
        UnixAddress address = _address;
        int error = Errno.Success;
        fixed (byte* buffer = bytes)
        {
            if (Libc.SendTo(socket, buffer, (nuint)bytes.Length, Libc.MSG_NOSIGNAL, &address, _addressLength) < 0)
            {
                error = Libc.LastError;
            }
        }

        _ = Libc.Close(socket);
        return error;
    }
}
