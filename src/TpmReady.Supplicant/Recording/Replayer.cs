// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Storage;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Recording;

/// <summary>
/// Serves a recording's requests once more with the same code, in the order in which they came, and compares the
/// answers. Handles of files may have other numbers: those that the recording saw being opened are translated.
/// </summary>
/// <param name="services">The services, on a copy of the store as it was when the recording began.</param>
/// <param name="say">Takes a line for each difference.</param>
internal sealed class Replayer(IReadOnlyList<IRpcService> services, Action<string> say)
{
    // A recording is held in memory as a whole.
    private const long MaximumLength = 1L << 30;

    private readonly Dictionary<ulong, ulong> _handles = [];

    /// <summary>Requests whose answers were the same.</summary>
    public int Same { get; private set; }

    /// <summary>Requests whose answers differed.</summary>
    public int Different { get; private set; }

    /// <summary>Requests for shared memory, for peers, and for what is switched off.</summary>
    public int Skipped { get; private set; }

    /// <summary>Replays all that can be read.</summary>
    /// <returns>What is wrong with the recording, or null.</returns>
    public string? Run(Stream recording)
    {
        if (recording.Length > MaximumLength)
        {
            return "it is longer than 1 GiB";
        }

        List<RecordedRequest> requests = [];
        RecordingReader reader = new(recording);
        string? error = reader.Read(out RecordedRequest? request);
        while (request is not null)
        {
            requests.Add(request);
            error = reader.Read(out request);
        }

        // Threads write what they served when its answer was sent, and the next request may be served by then. One that
        // depends on another's answer came after it.
        requests.Sort(static (one, other) => one.Header.Sequence.CompareTo(other.Header.Sequence));
        requests.ForEach(Replay);
        return error;
    }

    private void Replay(RecordedRequest recorded)
    {
        var function = (RpcFunction)recorded.Header.Function;
        IRpcService? service = Find(function);
        if (service is null || function is RpcFunction.Socket
            or RpcFunction.SharedMemoryAllocate or RpcFunction.SharedMemoryFree)
        {
            Skipped++;
            return;
        }

        using ReplayMemory memory = new(recorded);
        TeeParameter[] parameters = Translate(recorded);
        TeeResult result = Invoke(service, recorded, parameters, memory);
        Learn(recorded, result, parameters);
        string? difference = Compare(recorded, result, parameters, memory);
        Same += difference is null ? 1 : 0;
        Different += difference is null ? 0 : 1;
        if (difference is not null)
        {
            string number = recorded.Header.Sequence.ToString(CultureInfo.InvariantCulture);
            say($"{number} {function}{Operation(recorded)}: {difference}");
        }
    }

    private IRpcService? Find(RpcFunction function)
    {
        foreach (IRpcService service in services)
        {
            if (service.Function == function)
            {
                return service;
            }
        }

        return null;
    }

    private static TeeResult Invoke(
        IRpcService service, RecordedRequest recorded, TeeParameter[] parameters, ReplayMemory memory)
    {
        RpcRequest request = new(service.Function, 0, parameters, memory);
        try
        {
            TeeResult result = service.Invoke(ref request);
            if (recorded.Header.SendError == 0)
            {
                service.Delivered(ref request);
            }
            else if (result == TeeResult.Success)
            {
                service.Undo(ref request);
            }

            return result;
        }
        finally
        {
            request.Dispose();
        }
    }

    private TeeParameter[] Translate(RecordedRequest recorded)
    {
        TeeParameter[] parameters = [.. recorded.Received];
        if (UsesHandle(recorded) && _handles.TryGetValue(parameters[0].B, out ulong handle))
        {
            parameters[0].B = handle;
        }

        return parameters;
    }

    private void Learn(RecordedRequest recorded, TeeResult result, TeeParameter[] parameters)
    {
        if (GivesHandle(recorded) && result == TeeResult.Success && recorded.Header.Result == 0)
        {
            _handles[recorded.Answered[2].A] = parameters[2].A;
        }
    }

    private static string? Compare(
        RecordedRequest recorded, TeeResult result, TeeParameter[] parameters, ReplayMemory memory)
    {
        if ((uint)result != recorded.Header.Result)
        {
            return $"{result} instead of {(TeeResult)recorded.Header.Result}";
        }

        for (int i = 0; i < parameters.Length; i++)
        {
            TeeParameter now = parameters[i];
            TeeParameter then = recorded.Answered[i];
            bool isHandle = i == 2 && GivesHandle(recorded);
            if (now.Type is TeeParameterType.ValueOutput or TeeParameterType.ValueInOut && !isHandle
                && (now.A, now.B, now.C) != (then.A, then.B, then.C))
            {
                return $"parameter {i} is {now.A:x} {now.B:x} {now.C:x} instead of {then.A:x} {then.B:x} {then.C:x}";
            }

            if (now.Type is TeeParameterType.MemoryOutput or TeeParameterType.MemoryInOut && now.B != then.B)
            {
                return $"parameter {i} is {now.B} bytes long instead of {then.B}";
            }

            ReadOnlySpan<byte> kept = recorded.Outgoing[i];
            ReadOnlySpan<byte> bytes = memory.Bytes(recorded.Received[i]);
            if (kept.Length > bytes.Length || !bytes[..kept.Length].SequenceEqual(kept))
            {
                return $"parameter {i} differs at byte {bytes.CommonPrefixLength(kept)}";
            }
        }

        return null;
    }

    private static FileSystemOperation? OperationOf(RecordedRequest recorded) =>
        recorded.Header.Function == (uint)RpcFunction.FileSystem && recorded.Received.Length > 0
            ? (FileSystemOperation)recorded.Received[0].A
            : null;

    private static bool UsesHandle(RecordedRequest recorded) => OperationOf(recorded) is
        FileSystemOperation.Close or FileSystemOperation.Read or FileSystemOperation.Write
        or FileSystemOperation.Truncate or FileSystemOperation.CloseDirectory or FileSystemOperation.ReadDirectory;

    private static bool GivesHandle(RecordedRequest recorded) => recorded.Received.Length == 3 && OperationOf(recorded)
        is FileSystemOperation.Open or FileSystemOperation.Create or FileSystemOperation.OpenDirectory;

    private static string Operation(RecordedRequest recorded) =>
        OperationOf(recorded) is FileSystemOperation operation ? $" {operation}" : "";
}
