// SPDX-License-Identifier: MIT

namespace TpmReady.Linux.Network;

/// <summary>
/// The network as the socket service sees it: one method a system call, except <see cref="Resolve"/>. Results are what
/// the call returns, or the negative error number. Sockets never block; a descriptor is closed when a program is
/// started. Tests count the calls here.
/// </summary>
internal unsafe interface ISocketOperations
{
    /// <summary>socket: a descriptor.</summary>
    /// <param name="family">AF_INET or AF_INET6.</param>
    /// <param name="type">SOCK_STREAM or SOCK_DGRAM.</param>
    int Open(int family, int type);

    /// <summary>connect: -EINPROGRESS while a stream connects.</summary>
    int Connect(int socket, in InternetAddress address);

    /// <summary>poll: 1 if there is an event, 0 if the time is over.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="events">POLLIN or POLLOUT.</param>
    /// <param name="milliseconds">How long; -1 for ever.</param>
    /// <param name="returned">The events that there are, also POLLERR and POLLHUP.</param>
    int Poll(int socket, short events, int milliseconds, out short returned);

    /// <summary>send: the number of bytes. A closed peer is -EPIPE, never SIGPIPE.</summary>
    nint Send(int socket, byte* buffer, nuint length);

    /// <summary>recv: the number of bytes.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffer">Where to.</param>
    /// <param name="length">How many at most.</param>
    /// <param name="wholeSize">
    /// Whether to tell a datagram's true size even when it is cut. Not for streams: there it discards.
    /// </param>
    nint Receive(int socket, byte* buffer, nuint length, bool wholeSize);

    /// <summary>ioctl(FIONREAD): of a stream the bytes that wait, of datagrams the size of the next one.</summary>
    int GetPending(int socket);

    /// <summary>getsockopt(SO_ERROR): the socket's pending error as a negative number, or 0.</summary>
    int GetError(int socket);

    /// <summary>
    /// setsockopt(SO_SNDBUF or SO_RCVBUF). The kernel doubles the size and keeps it within its limits.
    /// </summary>
    int SetBufferSize(int socket, bool ofReceiver, int bytes);

    /// <summary>shutdown, both ways: wakes who waits for the socket.</summary>
    int Shutdown(int socket);

    /// <summary>close. The descriptor is gone whatever the result (close(2), on EINTR).</summary>
    int Close(int socket);

    /// <summary>
    /// getaddrinfo. May last tens of seconds when it has to ask name servers, and cannot be interrupted.
    /// </summary>
    /// <param name="host">NUL-terminated.</param>
    /// <param name="family">AF_UNSPEC, AF_INET or AF_INET6.</param>
    /// <param name="type">SOCK_STREAM or SOCK_DGRAM.</param>
    /// <param name="numericOnly">Whether to only understand addresses in numbers: then it does not wait.</param>
    /// <param name="target">Room for the addresses, the best first.</param>
    /// <param name="capacity">How many fit.</param>
    /// <returns>The number of addresses, or -1 if there are none.</returns>
    int Resolve(byte* host, int family, int type, bool numericOnly, InternetAddress* target, int capacity);
}
