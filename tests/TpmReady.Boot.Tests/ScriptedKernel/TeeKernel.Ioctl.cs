// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <content>Calls of the program.</content>
internal sealed partial class TeeKernel
{
    private const uint Version = 0x800CA400;
    private const uint Receive = 0x8010A406;
    private const uint Send = 0x8010A407;
    private const uint RegisterMemory = 0xC018A409;

    private const int LongestArgument = 1024;
    private const int Header = 8;
    private const int Interrupted = 4;
    private const int BadAddress = 14;
    private const int BadDescriptor = 9;
    private const int NoEntry = 2;
    private const int Busy = 16;
    private const int Invalid = 22;
    private const int NotATerminal = 25;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, SharedBuffer> _memory = [];

    // Which process serves, and which one asks just now: a successor begins while its predecessor still serves.
    private int _process;
    private int _caller;
    private bool _isOpen;

    /// <summary>How many opens say EBUSY, as while the last supplicant's context is held.</summary>
    public int BusyOpens { get; set; }

    /// <summary>
    /// Whether a thread that answers for a killed client stays in the kernel: the C daemon would end at once.
    /// </summary>
    public bool HoldsRevoked { get; set; }

    /// <summary>The memory that is registered now.</summary>
    public SharedBuffer[] Memory
    {
        get
        {
            lock (_lock)
            {
                return [.. _memory.Values];
            }
        }
    }

    private void Handle(Socket connection, int process, Operation operation, uint number, ulong argument)
    {
        lock (_lock)
        {
            _caller = process;
            switch (operation)
            {
                case Operation.Hello:
                    BeginProcess((int)number, (long)argument);
                    Answer(connection, 0);
                    break;
                case Operation.Kept:
                    Inherit((int)argument);
                    Answer(connection, 0);
                    break;
                case Operation.Begin:
                    EndInheritance();
                    Answer(connection, 0);
                    break;
                case Operation.Point:
                    if (!IsDeath(ToDeathPoint((Fault)number)))
                    {
                        Answer(connection, 0);
                    }

                    break;
                case Operation.Open:
                    Answer(connection, Open((int)number));
                    break;
                case Operation.Close:
                    // What another process closes are copies of what this one has.
                    if (process == _process)
                    {
                        Close((int)argument);
                    }

                    Answer(connection, 0);
                    break;
                case Operation.Cancel:
                    Interrupt(connection);
                    break;
                case Operation.Ioctl when number == Receive:
                    NoteStart();
                    NoteSuccession();
                    if (!IsDeath(DeathPoint.AfterSend, _senders.Remove(connection)))
                    {
                        Park(connection, argument);
                    }

                    break;
                default:
                    Call(connection, number, argument);
                    break;
            }

            _changed.Set();
        }
    }

    private void Call(Socket connection, uint number, ulong argument)
    {
        if ((number == Send && IsDeath(DeathPoint.InSend, IsAnswer(argument)))
            || (number == RegisterMemory && IsDeath(DeathPoint.InRegistration, HasServed)))
        {
            return;
        }

        int error = Ioctl(connection, number, argument, out int value);
        bool isSent = number == Send && error == 0;
        if (isSent)
        {
            _senders.Add(connection);
            _firstAnswer ??= Stopwatch.GetTimestamp();
        }

        if ((error != BadDescriptor || !HoldsRevoked)
            && !(isSent && IsDeath(DeathPoint.InSendDelivered))
            && !(number == RegisterMemory && IsDeath(DeathPoint.InRegistrationDone, HasServed)))
        {
            Answer(connection, error, value);
        }
    }

    private int Open(int node)
    {
        if (node != 0)
        {
            return NoEntry;
        }

        // optee_open() lets one context at a time have the supplicant's node.
        if (_isOpen || BusyOpens-- > 0)
        {
            return Busy;
        }

        _isOpen = true;
        return 0;
    }

    private void Close(int kind)
    {
        if (kind < 0)
        {
            _isOpen = false;
        }
        else
        {
            _closed.Add(kind);
            EndIfUnused(kind);
        }
    }

    private int Ioctl(Socket connection, uint number, ulong argument, out int value)
    {
        value = 0;
        switch (number)
        {
            case Version:
                // OP-TEE behind TrustZone; GP, privileged, registered memory, references without memory.
                return Write<uint>(argument, [1, 1, 0xF]);
            case RegisterMemory:
                return Register(connection, argument, out value);
            case Send:
                return TakeAnswer(argument);
            default:
                // TEE_IOC_SHM_ALLOC is not played: both programs register what they lend if the driver lets them.
                return NotATerminal;
        }
    }

    private int Register(Socket connection, ulong argument, out int id)
    {
        id = 0;
        ulong[] data = new ulong[3];
        if (!Read<ulong>(argument, data))
        {
            return BadAddress;
        }

        byte[] last = new byte[1];
        if ((uint)data[2] != 0 || data[1] == 0)
        {
            return Invalid;
        }

        if (!Libc.Read(_caller, data[0] + data[1] - 1, last) || !Libc.Write(_caller, data[0] + data[1] - 1, last))
        {
            return BadAddress;
        }

        long offset;
        try
        {
            offset = FindOffset(data[0]);
        }
        catch (IOException)
        {
            // It has just been killed.
            return BadAddress;
        }

        id = Enumerable.Range(1, _memory.Count + 1).First(free => !_memory.ContainsKey(free));
        _memory.Add(id, new SharedBuffer(id, data[0], data[1])
        {
            Owner = connection,
            Offset = offset,
        });
        return Write<uint>(argument + 20, [(uint)id]);
    }

    private bool Read<T>(ulong address, Span<T> data)
        where T : unmanaged => Libc.Read(_caller, address, MemoryMarshal.AsBytes(data));

    private int Write<T>(ulong address, ReadOnlySpan<T> data)
        where T : unmanaged => Libc.Write(_caller, address, MemoryMarshal.AsBytes(data)) ? 0 : BadAddress;

    private int ReadArgument(
        ulong argument, bool isExact, out ulong address, out uint first, out Parameter[] parameters)
    {
        Span<ulong> buffer = stackalloc ulong[2];
        Span<uint> header = stackalloc uint[2];
        (address, first, parameters) = (0, 0, []);
        if (!Read(argument, buffer))
        {
            return BadAddress;
        }

        if (buffer[1] is < Header or > LongestArgument)
        {
            return Invalid;
        }

        address = buffer[0];
        if (!Read(address, header))
        {
            return BadAddress;
        }

        first = header[0];
        ulong needed = Header + ((ulong)header[1] * Parameter.Size);
        if (buffer[1] < needed || (isExact && buffer[1] != needed))
        {
            return Invalid;
        }

        parameters = new Parameter[header[1]];
        return Read(address + Header, parameters.AsSpan()) ? 0 : BadAddress;
    }
}
