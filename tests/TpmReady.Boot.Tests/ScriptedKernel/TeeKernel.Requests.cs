// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <content>Requests of the secure world.</content>
internal sealed partial class TeeKernel
{
    private readonly List<(Socket Connection, int Process, ulong Address, int Room)> _receivers = [];
    private readonly List<Request> _queue = [];
    private readonly Dictionary<int, Request> _taken = [];
    private readonly ManualResetEventSlim _changed = new();

    /// <summary>How many threads of the program wait for a request.</summary>
    public int Receivers
    {
        get
        {
            lock (_lock)
            {
                return _receivers.Count;
            }
        }
    }

    /// <summary>How many requests there have been.</summary>
    public int Begun { get; private set; }

    /// <summary>Queues a request.</summary>
    public Request Begin(uint function, params Parameter[] parameters)
    {
        Request request = new(function, parameters);
        lock (_lock)
        {
            if (NumbersAtQueueTime)
            {
                Number(request);
            }

            Begun++;
            _queue.Add(request);
            Deliver();
        }

        return request;
    }

    /// <summary>
    /// Kills the client: optee_supp_thrd_req() gives up at once, and what the program answers is EBADF.
    /// </summary>
    public void KillClient(Request request)
    {
        lock (_lock)
        {
            request.IsRevoked = true;
            _queue.Remove(request);
        }
    }

    /// <summary>Ends a receiver's wait as a signal handler does.</summary>
    public void InterruptReceiver()
    {
        lock (_lock)
        {
            Interrupt(_receivers[0].Connection);
        }
    }

    /// <summary>Waits until something is as wanted.</summary>
    /// <returns>Whether it came about within the time.</returns>
    public bool Wait(Func<bool> wanted, Func<bool> isOver, TimeSpan limit)
    {
        DateTime end = DateTime.UtcNow + limit;
        while (true)
        {
            // Before the question, so that a change after it is not slept over.
            _changed.Reset();
            if (wanted())
            {
                return true;
            }

            if (isOver() || DateTime.UtcNow > end)
            {
                return wanted();
            }

            _changed.Wait(TimeSpan.FromMilliseconds(20));
        }
    }

    /// <summary>Reads shared memory as the secure world does.</summary>
    public byte[] Read(SharedBuffer buffer, int offset, int length)
    {
        byte[] data = new byte[length];
        bool isRead = buffer.Offset >= 0
            ? ReadFile(data, buffer.Offset + offset)
            : Libc.Read(_process, buffer.Address + (ulong)offset, data);
        return isRead ? data : throw new InvalidOperationException("The program has unmapped memory that is in use.");
    }

    /// <summary>Writes shared memory as the secure world does.</summary>
    public void Write(SharedBuffer buffer, int offset, ReadOnlySpan<byte> data)
    {
        if (buffer.Offset >= 0)
        {
            WriteFile(data, buffer.Offset + offset);
        }
        else if (!Libc.Write(_process, buffer.Address + (ulong)offset, data))
        {
            throw new InvalidOperationException("The program has unmapped memory that is in use.");
        }
    }

    private void Park(Socket connection, ulong argument)
    {
        int error = ReadArgument(argument, isExact: true, out ulong address, out _, out Parameter[] parameters);
        if (error == 0)
        {
            // optee_supp_recv() accepts nothing but zeros, and the flag that asks for numbered requests.
            bool isClean = parameters.Length > 0 && parameters.Skip(1).All(static p => p.Attributes == 0);
            error = isClean && parameters[0].Attributes == Parameter.Meta ? 0 : Invalid;
        }

        if (error != 0)
        {
            Answer(connection, error);
            return;
        }

        _receivers.Add((connection, _caller, address, parameters.Length - 1));
        Deliver();
    }

    private void Interrupt(Socket connection)
    {
        // No such receiver: it was answered in that moment, and the answer counts.
        if (_receivers.RemoveAll(receiver => receiver.Connection == connection) > 0)
        {
            Answer(connection, Interrupted);
        }
    }

    private void Deliver()
    {
        while (_queue.Count > 0 && _receivers.Count > 0)
        {
            (Socket connection, int process, ulong address, int room) = _receivers[0];
            _receivers.RemoveAt(0);
            Request request = _queue[0];
            if (request.Parameters.Count > room)
            {
                Answer(connection, Invalid);
                continue;
            }

            if (!NumbersAtQueueTime)
            {
                Number(request);
            }

            int error = Copy(request, process, address);
            if (error == NoProcess)
            {
                // It died while it waited: such a thread takes no request from the queue.
                _ = NumbersAtQueueTime || _taken.Remove(request.Id);
                continue;
            }

            _queue.RemoveAt(0);
            request.Taker = connection;
            request.IsDelivered = true;
            if (!IsDeath(DeathPoint.AfterReceive))
            {
                Answer(connection, error);
            }
        }
    }

    /// <summary>Gives a request the lowest number that is free, as idr_alloc() does.</summary>
    private void Number(Request request)
    {
        request.Id = Enumerable.Range(1, _taken.Count + 1).First(free => !_taken.ContainsKey(free));
        _taken.Add(request.Id, request);
    }

    private static int Copy(Request request, int process, ulong address)
    {
        Parameter[] parameters = [new(Parameter.Meta | 3, (ulong)request.Id, 0, 0), .. request.Parameters];
        byte[] argument =
        [
            .. MemoryMarshal.AsBytes<uint>([request.Function, (uint)parameters.Length]),
            .. MemoryMarshal.AsBytes<Parameter>(parameters),
        ];
        return Libc.TryWrite(process, address, argument);
    }

    private int TakeAnswer(ulong argument)
    {
        int error = ReadArgument(argument, isExact: false, out _, out uint code, out Parameter[] parameters);
        if (error != 0)
        {
            return error;
        }

        if (parameters.Length == 0 || parameters[0].Attributes != (Parameter.Meta | 3)
            || parameters.Any(static parameter => (parameter.Attributes & ~0x1FFUL) != 0))
        {
            return Invalid;
        }

        if (!_taken.TryGetValue((int)parameters[0].A, out Request? request))
        {
            return NoEntry;
        }

        if (request.IsRevoked)
        {
            _taken.Remove(request.Id);
            request.IsSent = true;
            return BadDescriptor;
        }

        if (parameters.Length != request.Parameters.Count + 1)
        {
            return Invalid;
        }

        if (!request.IsDelivered)
        {
            // supp_pop_req() frees it while it is in the queue, and the next receiver meets a corrupt list.
            Violations.Enqueue($"an answer to request {request.Id}, which nobody has received");
            _queue.Remove(request);
        }

        _taken.Remove(request.Id);
        request.IsSent = true;
        request.Reply = Hold(request, new Reply(code, [.. request.Parameters.Zip(parameters.Skip(1), Merge)]));
        return 0;
    }

    private static Parameter Merge(Parameter asked, Parameter answered)
    {
        if (asked.IsValueOutput)
        {
            return asked with { A = answered.A, B = answered.B, C = answered.C };
        }

        return asked.IsMemoryOutput ? asked with { B = answered.B } : asked;
    }
}
