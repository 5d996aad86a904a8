// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;

namespace TpmReady.Systemd.Tests;

/// <summary>What a service manager receives.</summary>
public sealed class ServiceNotifierTests
{
    [Test]
    public async Task Each_message_is_one_datagram_to_a_path()
    {
        string directory = Directory.CreateTempSubdirectory("tpmready-test-").FullName;
        string path = Path.Combine(directory, "notify");
        using Socket manager = Listen(new UnixDomainSocketEndPoint(path));
        ServiceNotifier notifier = new(path);

        await Assert.That(notifier.IsActive).IsTrue();
        await Assert.That(notifier.Ready("serving")).IsEqualTo(Errno.Success);
        await Assert.That(Receive(manager)).IsEqualTo("READY=1\nSTATUS=serving\n");
        notifier.Status("two\nlines");
        await Assert.That(Receive(manager)).IsEqualTo("STATUS=two lines\n");
        notifier.Stopping("bye");
        await Assert.That(Receive(manager)).IsEqualTo("STOPPING=1\nSTATUS=bye\n");
        notifier.Failed(16, "busy");
        await Assert.That(Receive(manager)).IsEqualTo("STATUS=busy\nERRNO=16\n");
        notifier.Failed(0, "no number fits");
        await Assert.That(Receive(manager)).IsEqualTo("STATUS=no number fits\n");
        Directory.Delete(directory, recursive: true);
    }

    [Test]
    public async Task An_abstract_socket_has_an_at_sign()
    {
        string name = $"tpmready-test-{Guid.NewGuid()}";
        using Socket manager = Listen(new UnixDomainSocketEndPoint("\0" + name));

        await Assert.That(new ServiceNotifier("@" + name).Ready("serving")).IsEqualTo(Errno.Success);
        await Assert.That(Receive(manager)).IsEqualTo("READY=1\nSTATUS=serving\n");
    }

    [Test]
    public async Task Nobody_to_tell_is_no_error_and_a_dead_manager_is_an_errno()
    {
        await Assert.That(new ServiceNotifier(null).Ready("serving")).IsEqualTo(Errno.Success);
        await Assert.That(new ServiceNotifier("").IsAddressBad).IsFalse();
        await Assert.That(new ServiceNotifier("/nonexistent/notify").Ready("serving")).IsEqualTo(Errno.ENOENT);
        await Assert.That(new ServiceNotifier("@tpmready-nobody").Ready("serving")).IsEqualTo(Errno.ECONNREFUSED);
    }

    [Test]
    [Arguments("relative")]
    [Arguments("/")]
    [Arguments("@")]
    [Arguments("vsock:2:1234")]
    public async Task An_address_that_is_none_is_known(string address)
    {
        ServiceNotifier notifier = new(address);
        await Assert.That(notifier.IsAddressBad).IsTrue();
        await Assert.That(notifier.IsActive).IsFalse();
        await Assert.That(notifier.Ready("serving")).IsEqualTo(Errno.Success);
    }

    [Test]
    public async Task The_longest_path_has_107_bytes()
    {
        await Assert.That(new ServiceNotifier("/" + new string('a', 106)).IsActive).IsTrue();
        await Assert.That(new ServiceNotifier("/" + new string('a', 107)).IsAddressBad).IsTrue();
    }

    private static Socket Listen(UnixDomainSocketEndPoint address)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
        socket.Bind(address);
        return socket;
    }

    private static string Receive(Socket socket)
    {
        byte[] buffer = new byte[1000];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}
