// SPDX-License-Identifier: MIT

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <content>
/// Programs that die and are followed. What belongs to open descriptors lives as long as somebody keeps them, memory as
/// long as the secure world uses it.
/// </content>
internal sealed partial class TeeKernel
{
    private const int NoProcess = 3;
    private const int Kill = 9;
    private const int DeviceKind = -1;
    private const uint Communication = 0xFFFF000E;
    private const uint OutOfMemory = 0xFFFF000C;
    private const uint AllocateFunction = 6;
    private const uint FreeFunction = 7;

    private readonly HashSet<int> _keptKinds = [];
    private readonly HashSet<int> _held = [];
    private readonly HashSet<int> _closed = [];
    private readonly HashSet<int> _stored = [];
    private readonly HashSet<Socket> _senders = [];
    private readonly HashSet<int> _past = [];
    private DeathPoint _death;
    private int _deathsLeft;
    private SafeFileHandle? _memoryFile;
    private long _started;
    private long? _firstAnswer;
    private bool _hasStarted;

    /// <summary>Whether a request has its number from the moment when it is queued, as since Linux 6.12.</summary>
    public bool NumbersAtQueueTime { get; set; }

    /// <summary>How many processes have come.</summary>
    public int Generation { get; private set; }

    /// <summary>What no kernel would have survived.</summary>
    public ConcurrentQueue<string> Violations { get; } = new();

    /// <summary>How many processes have taken over from one that served.</summary>
    public int Successions { get; private set; }

    /// <summary>From the start of a process to its first answer, in milliseconds, one for each that had one.</summary>
    public ConcurrentQueue<double> Recoveries { get; } = new();

    /// <summary>From the start of a process to its first RECV, in milliseconds.</summary>
    public ConcurrentQueue<double> Starts { get; } = new();

    private bool HasServed => _firstAnswer is not null;

    /// <summary>The program is to be killed when it has been at a point so many times.</summary>
    public void PlanDeath(DeathPoint point, int times)
    {
        lock (_lock)
        {
            (_death, _deathsLeft) = (point, times);
        }

        // Outside of the lock: a program that reads the page goes on to ask.
        Inject(Fault.Before, point == DeathPoint.BeforeExecution ? 1 : 0);
        Inject(Fault.After, point == DeathPoint.AfterExecution ? 1 : 0);
        Inject(Fault.Keep, point == DeathPoint.BeforeKeeping ? 1 : 0);
        Inject(Fault.Plugin, point == DeathPoint.InPlugin ? 1 : 0);
        if (point == DeathPoint.Random)
        {
            KillProgram();
        }
    }

    /// <summary>Kills the program wherever it is.</summary>
    private void KillProgram() => _ = Processes.RunningProgram.Kill(_process, Kill);

    private static DeathPoint ToDeathPoint(Fault place) => place switch
    {
        Fault.Before => DeathPoint.BeforeExecution,
        Fault.After => DeathPoint.AfterExecution,
        Fault.Plugin => DeathPoint.InPlugin,
        _ => DeathPoint.BeforeKeeping,
    };

    private bool IsDeath(DeathPoint point, bool isHere = true)
    {
        if (_death != point || !isHere || --_deathsLeft > 0)
        {
            return false;
        }

        _death = DeathPoint.None;
        KillProgram();
        return true;
    }

    /// <summary>Probes of a successor, whose shape is wrong, are no answers.</summary>
    private bool IsAnswer(ulong argument) =>
        ReadArgument(argument, isExact: false, out _, out _, out Parameter[] parameters) == 0 && parameters.Length <= 8;

    private void BeginProcess(int process, long started)
    {
        NoteRecovery();
        _past.Add(_process);
        _past.Remove(process);
        _process = process;
        (_started, _firstAnswer, _hasStarted) = (started, null, false);
        _receivers.Clear();
        _senders.Clear();
        _keptKinds.Clear();
        Generation++;
    }

    /// <summary>A successor serves when it receives; its predecessor has let go of everything by then.</summary>
    private void NoteSuccession()
    {
        // What one has sent that is dead by now is no succession.
        if (_caller != _process && !_past.Contains(_caller))
        {
            _past.Add(_process);
            _process = _caller;
            Successions++;
        }
    }

    /// <summary>keeper.c has a descriptor of a memory object, or has no more.</summary>
    public void NoteStored(int id, bool isStored)
    {
        lock (_lock)
        {
            _ = isStored ? _stored.Add(id) : _stored.Remove(id);
            EndIfUnused(id);
        }
    }

    /// <summary>Makes the program's state that of another version of the program (ArenaHeader).</summary>
    public void SetStateVersion(uint version)
    {
        const int versionOffset = 8;
        WriteFile(BitConverter.GetBytes(version), versionOffset);
    }

    private void Inherit(int kind)
    {
        _keptKinds.Add(kind);
        _closed.Remove(kind);
    }

    /// <summary>What nobody has kept ended with the last process that had it.</summary>
    private void EndInheritance()
    {
        foreach (int id in _memory.Keys.Where(id => !_keptKinds.Contains(id)).ToArray())
        {
            _stored.Remove(id);
            Close(id);
        }

        bool wasOpen = _isOpen;
        _isOpen = _keptKinds.Contains(DeviceKind);
        if (wasOpen && !_isOpen)
        {
            Abort();
        }

        if (!_isOpen)
        {
            // This one makes a new file.
            _memoryFile?.Dispose();
            _memoryFile = null;
        }
    }

    /// <summary>
    /// optee_supp_release(): with the last descriptor of the device everything ends that was asked through it.
    /// </summary>
    private void Abort()
    {
        foreach (Request request in _queue.Concat(_taken.Values).Distinct().ToArray())
        {
            request.Reply = new Reply(Communication, request.Parameters);
        }

        _queue.Clear();
        _taken.Clear();
        _held.Clear();
        _closed.Clear();
    }

    private void EndIfUnused(int id)
    {
        if (_closed.Contains(id) && !_held.Contains(id) && !_stored.Contains(id))
        {
            _closed.Remove(id);
            _memory.Remove(id);
        }
    }

    private void NoteStart()
    {
        if (!_hasStarted && _started > 0)
        {
            Starts.Enqueue(Elapsed(Stopwatch.GetTimestamp()));
        }

        _hasStarted = true;
    }

    /// <summary>Since keeper.c forked; its clock is that of Stopwatch, in ns.</summary>
    private double Elapsed(long until) => (until - _started) / 1e6;

    private void NoteRecovery()
    {
        if (_started > 0 && _firstAnswer is long answer && Generation > 1)
        {
            Recoveries.Enqueue(Elapsed(answer));
        }
    }

    /// <summary>
    /// optee_rpc_cmd_alloc_suppl() looks the id of the answer up, and takes a reference until SHM_FREE is answered.
    /// </summary>
    private Reply Hold(Request request, Reply reply)
    {
        if (!reply.IsSuccess || reply.Parameters.Count == 0)
        {
            return reply;
        }

        if (request.Function == AllocateFunction && reply.Parameters[0].IsValueOutput)
        {
            int id = (int)reply.Parameters[0].C;
            if (!_memory.ContainsKey(id))
            {
                Violations.Enqueue($"memory {id} was gone when the secure world got it");
                return reply with { Code = OutOfMemory };
            }

            _held.Add(id);
        }
        else if (request.Function == FreeFunction)
        {
            int id = (int)request.Parameters[0].B;
            _held.Remove(id);
            EndIfUnused(id);
        }

        return reply;
    }

    /// <summary>
    /// Where memory lies in the file that the program keeps its state in. The kernel pins pages, whoever maps them; here
    /// that is the file's content.
    /// </summary>
    private long FindOffset(ulong address)
    {
        foreach (string line in File.ReadLines($"/proc/{_caller}/maps"))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            string[] range = words[0].Split('-');
            ulong start = ParseHexadecimal(range[0]);
            if (address >= start && address < ParseHexadecimal(range[1]))
            {
                if (words.Length < 6 || !words[5].StartsWith("/memfd:", StringComparison.Ordinal))
                {
                    return -1;
                }

                _memoryFile ??= OpenMemoryFile();
                return (long)(address - start + ParseHexadecimal(words[2]));
            }
        }

        return -1;
    }

    private static ulong ParseHexadecimal(string text) =>
        ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private SafeFileHandle OpenMemoryFile()
    {
        string path = Directory.GetFiles($"/proc/{_caller}/fd").First(static path =>
            new FileInfo(path).LinkTarget?.StartsWith("/memfd:tpmready", StringComparison.Ordinal) == true);
        return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
    }

    private bool ReadFile(byte[] data, long offset) => RandomAccess.Read(_memoryFile!, data, offset) == data.Length;

    private void WriteFile(ReadOnlySpan<byte> data, long offset) => RandomAccess.Write(_memoryFile!, data, offset);
}
