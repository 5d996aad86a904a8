// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using TpmReady.Linux.Interop;

namespace TpmReady.Supplicant.Handover.Succession;

/// <summary>
/// Where a successor knocks: a socket with an abstract name, which needs no directory, lives as long as the process, and
/// is the same in the initrd and on the host.
/// </summary>
/// <remarks>
/// Anybody can see and take abstract names. So this one cannot be guessed before it is taken, and each side asks the
/// kernel who the other one is: a successor goes to the process that it was told, a supplicant lets in root and its own
/// user.
/// </remarks>
internal sealed unsafe class SuccessionDoor : IDisposable
{
    private const string Prefix = "@tpmready/tee-supplicant/";
    private const int Backlog = 4;

    private int _descriptor;

    private SuccessionDoor(int descriptor) => _descriptor = descriptor;

    /// <summary>Opens the door of this process.</summary>
    /// <param name="door">The door; null on error.</param>
    /// <returns>0 or an error number.</returns>
    public static int Open(out SuccessionDoor? door)
    {
        door = null;
        ulong random;
        if (Libc.GetRandom(&random, sizeof(ulong), 0) != sizeof(ulong))
        {
            return Libc.LastError;
        }

        string name = string.Create(CultureInfo.InvariantCulture, $"{NameStart(Libc.GetProcessId())}{random:x16}");
        if (!UnixAddress.TryCreate(Encoding.UTF8.GetBytes(name), out UnixAddress address, out uint length))
        {
            return Errno.EINVAL;
        }

        int descriptor = Libc.Socket(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0);
        if (descriptor < 0)
        {
            return Libc.LastError;
        }

        if (Libc.Bind(descriptor, &address, length) != 0 || Libc.Listen(descriptor, Backlog) != 0)
        {
            int error = Libc.LastError;
            _ = Libc.Close(descriptor);
            return error;
        }

        door = new SuccessionDoor(descriptor);
        return Errno.Success;
    }

    /// <summary>Waits for somebody who may come in; others are sent away.</summary>
    /// <param name="channel">The connection; null on error.</param>
    /// <param name="process">Who it is.</param>
    /// <returns>0, or an error number that will not pass.</returns>
    public int Accept(out SuccessionChannel? channel, out int process)
    {
        while (true)
        {
            int descriptor = Libc.Accept(_descriptor, null, null, Libc.SOCK_CLOEXEC);
            if (descriptor < 0)
            {
                int error = Libc.LastError;
                if (error == Errno.EINTR)
                {
                    continue;
                }

                channel = null;
                process = 0;
                return error;
            }

            channel = new SuccessionChannel(descriptor);
            if (channel.TryGetPeer(out Libc.PeerCredentials peer) && IsTrusted(peer))
            {
                process = peer.Process;
                return Errno.Success;
            }

            channel.Dispose();
        }
    }

    /// <summary>Knocks at the door of a running supplicant.</summary>
    /// <param name="process">The process.</param>
    /// <param name="channel">The connection; null on error.</param>
    /// <returns>0; ENOENT if the process has no door; ECONNREFUSED if it does not open; or an error number.</returns>
    public static int Knock(int process, out SuccessionChannel? channel)
    {
        channel = null;
        int result = Errno.ENOENT;
        foreach (string name in FindNames(process))
        {
            result = Connect(name, out channel);
            if (channel is not null && channel.TryGetPeer(out Libc.PeerCredentials peer) && peer.Process == process)
            {
                return Errno.Success;
            }

            channel?.Dispose();
            channel = null;
        }

        return result == Errno.Success ? Errno.ECONNREFUSED : result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_descriptor >= 0)
        {
            // Wakes who waits in accept; close alone would not.
            _ = Libc.Shutdown(_descriptor, Libc.SHUT_RDWR);
            _ = Libc.Close(_descriptor);
            _descriptor = -1;
        }
    }

    private static bool IsTrusted(Libc.PeerCredentials peer) =>
        peer.User == 0 || peer.User == Libc.GetEffectiveUserId();

    private static string NameStart(int process) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{process}/");

    /// <summary>The kernel lists sockets of the network namespace with their names at the end of each line.</summary>
    private static List<string> FindNames(int process)
    {
        List<string> names = [];
        string start = " " + NameStart(process);
        try
        {
            foreach (string line in File.ReadLines("/proc/self/net/unix"))
            {
                int index = line.IndexOf(start, StringComparison.Ordinal);
                if (index >= 0 && !names.Contains(line[(index + 1)..]))
                {
                    names.Add(line[(index + 1)..]);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }

        return names;
    }

    private static int Connect(string name, out SuccessionChannel? channel)
    {
        channel = null;
        if (!UnixAddress.TryCreate(Encoding.UTF8.GetBytes(name), out UnixAddress address, out uint length))
        {
            return Errno.EINVAL;
        }

        int descriptor = Libc.Socket(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0);
        if (descriptor < 0)
        {
            return Libc.LastError;
        }

        if (Libc.Connect(descriptor, &address, length) != 0)
        {
            int error = Libc.LastError;
            _ = Libc.Close(descriptor);
            return error;
        }

        channel = new SuccessionChannel(descriptor);
        return Errno.Success;
    }
}
