// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.Linq;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Rpmb;
using TpmReady.Supplicant.Sockets;
using TpmReady.Supplicant.Storage;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>
/// Judges an answer by the request and by what the secure world has, and takes note of what it has now.
/// </summary>
internal sealed partial class FuzzOracle(FuzzWorld world, FuzzModel model)
{
    private static readonly TeeResult[] Results =
    [
        TeeResult.Success, TeeResult.BadParameters, TeeResult.Generic, TeeResult.ItemNotFound, TeeResult.NotSupported,
    ];

    /// <summary>Before a request is posted: what its memory references mean then.</summary>
    /// <param name="request">The request.</param>
    /// <param name="seen">Takes an entry for each parameter.</param>
    public void Look(FuzzExchange request, Span<FuzzReference> seen)
    {
        int first = FuzzView.CountTransport(request.Sent);
        bool hasNames = request.Function == RpcFunction.FileSystem && request.Count > first;
        int names = hasNames ? FuzzView.NamesOf(request.Sent[first].A) : 0;
        for (int i = 0; i < request.Count; i++)
        {
            TeeParameter parameter = request.Sent[i];
            FuzzMemory? memory =
                parameter.Attributes is >= 5 and <= 7 ? model.FindMemory(parameter.C) : null;
            bool isInside = memory is not null
                && parameter.A <= (ulong)memory.Length && parameter.B <= (ulong)memory.Length - parameter.A;
            bool isName = isInside && i >= first && ((names >> (i - first)) & 1) != 0;
            seen[i] = new FuzzReference(
                memory,
                isInside,
                IsBadName: isName && !FuzzView.IsName(memory!.Bytes.Slice((int)parameter.A, (int)parameter.B)));
        }
    }

    /// <summary>After the answer.</summary>
    public void Judge(FuzzExchange request, ReadOnlySpan<FuzzReference> seen)
    {
        if (request.Answers != 1)
        {
            world.Faults.Add($"{request.Answers} answers");
            return;
        }

        int first = FuzzView.CountTransport(request.Sent);
        ReadOnlySpan<TeeParameter> parameters = request.Sent[first..];
        JudgeParameters(request, parameters);
        JudgeResult(request, parameters);
        if (request.Result == TeeResult.Success)
        {
            JudgeSuccess(request, parameters, seen[first..]);
            TakeNote(request, parameters, request.Answer[first..], seen[first..]);
        }

        else if (request.Function == RpcFunction.FileSystem && request.Result != TeeResult.BadParameters)
        {
            NoteFailedClose(parameters[0]);
        }

        JudgeMemory(request, first, seen);
    }

    /// <summary>Only outputs may differ, and of a memory reference only its size.</summary>
    private void JudgeParameters(FuzzExchange request, ReadOnlySpan<TeeParameter> parameters)
    {
        for (int i = 0; i < request.Count; i++)
        {
            TeeParameter sent = request.Sent[i];
            TeeParameter got = request.Answer[i];
            bool isValue = sent.Attributes is 2 or 3;
            bool isMemory = sent.Attributes is 6 or 7;
            if (sent.Attributes != got.Attributes
                || (!isValue && (sent.A != got.A || sent.C != got.C))
                || (!isValue && !isMemory && sent.B != got.B))
            {
                world.Faults.Add($"parameter {i} was changed, which is an input");
            }

            if (request.Result == TeeResult.BadParameters && (sent.A != got.A || sent.B != got.B || sent.C != got.C)
                && request.Function is not (RpcFunction.Socket or RpcFunction.Plugin))
            {
                world.Faults.Add($"parameter {i} of a refused request was changed");
            }
        }

        // A datagram's true size, a TA's and a name's size, and a plug-in's word may be more than there is room for.
        if (request.Result == TeeResult.Success && parameters.Length == 2
            && request.Function is RpcFunction.FileSystem or RpcFunction.Rpmb
            && request.Answer[^1].B > parameters[1].B)
        {
            world.Faults.Add("more was read than there is room for");
        }
    }

    private void JudgeResult(FuzzExchange request, ReadOnlySpan<TeeParameter> parameters)
    {
        TeeResult result = request.Result;
        if (FuzzView.IsMalformed(request.Sent))
        {
            Require(result == TeeResult.BadParameters, request, "a malformed request was not refused");
        }
        else if (!Enum.IsDefined(request.Function)
            || request.Function is RpcFunction.RpmbProbeReset or RpcFunction.RpmbProbeNext or RpcFunction.RpmbFrames)
        {
            Require(result == TeeResult.NotSupported, request, "an unknown function was not refused as such");
        }
        else
        {
            Require(IsPossible(request.Function, result), request, "no such result is possible");
            Require(
                FuzzView.HasShape(request.Function, parameters) || result != TeeResult.Success,
                request,
                "parameters of another shape were taken");
            Require(
                !request.IsValid || request.IsHostile || result != TeeResult.BadParameters,
                request,
                "a valid request was refused");
        }
    }

    private static bool IsPossible(RpcFunction function, TeeResult result) =>
        Results.Contains(result) || IsPossibleFor(function, result);

    private static bool IsPossibleFor(RpcFunction function, TeeResult result) => function switch
    {
        RpcFunction.LoadTrustedApplication => result is TeeResult.ShortBuffer,
        RpcFunction.SharedMemoryAllocate => result is TeeResult.OutOfMemory,
        RpcFunction.Rpmb => result is TeeResult.StorageNotAvailable or TeeResult.NoData,
        RpcFunction.FileSystem => result is TeeResult.AccessConflict or TeeResult.ShortBuffer
            or TeeResult.StorageNoSpace or TeeResult.StorageNotAvailable or TeeResult.OutOfMemory,
        RpcFunction.Socket => result is TeeResult.Communication or TeeResult.AccessDenied
            or TeeResult.SocketRemoteClosed or TeeResult.SocketTimeout or TeeResult.SocketOutOfResources
            or TeeResult.SocketLargeBuffer or TeeResult.SocketHostname,
        RpcFunction.Plugin => (uint)result < 8,
        _ => false,
    };

    /// <summary>What must have been right for the request to succeed.</summary>
    private void JudgeSuccess(
        FuzzExchange request, ReadOnlySpan<TeeParameter> parameters, ReadOnlySpan<FuzzReference> seen)
    {
        for (int i = 0; i < parameters.Length; i++)
        {
            bool isMemory = parameters[i].Attributes is >= 5 and <= 7;
            Require(
                !isMemory || seen[i].Memory is null || seen[i].IsInside,
                request,
                "a reference beyond the end of its object was taken");
            Require(request.IsHostile || !seen[i].IsBadName, request, "a name was taken that is none");
        }

        ulong operation = parameters.IsEmpty ? 0 : parameters[0].A;
        if (request.Function == RpcFunction.FileSystem && (FileSystemOperation)operation
            is FileSystemOperation.Read or FileSystemOperation.Write or FileSystemOperation.Truncate
            or FileSystemOperation.Close)
        {
            Require(model.HasFile(parameters[0].B, HandleKind.File), request, "a file was used that is not open");
        }
        else if (request.Function == RpcFunction.FileSystem && (FileSystemOperation)operation
            is FileSystemOperation.ReadDirectory or FileSystemOperation.CloseDirectory)
        {
            Require(
                model.HasFile(parameters[0].B, HandleKind.Directory), request, "a directory was used that is not open");
        }
        else if (request.Function == RpcFunction.Socket && !request.IsHostile
            && (SocketOperation)operation is not (SocketOperation.Open or SocketOperation.CloseAll))
        {
            Require(
                model.HasSocket(parameters[0].B, parameters[0].C), request, "a socket of somebody else was used");
        }
    }

    private void TakeNote(
        FuzzExchange request,
        ReadOnlySpan<TeeParameter> parameters,
        ReadOnlySpan<TeeParameter> answer,
        ReadOnlySpan<FuzzReference> seen)
    {
        switch (request.Function)
        {
            case RpcFunction.SharedMemoryAllocate when request.IsDelivered:
                NoteMemory(request, parameters[0], answer[0].C);
                break;
            case RpcFunction.SharedMemoryFree:
                Require(model.RemoveMemory(parameters[0].B), request, "memory was freed that nobody has");
                break;
            case RpcFunction.FileSystem:
                NoteFile(request, parameters[0], answer);
                break;
            case RpcFunction.Socket:
                NoteSocket(request, parameters[0], answer);
                break;
            case RpcFunction.Rpmb when seen[1].Memory is FuzzMemory memory && IsThere(memory)
                && parameters[1].B == RpmbFrame.Size:
                model.RpmbCounter = BinaryPrimitives.ReadUInt32BigEndian(memory.Bytes[((int)parameters[1].A + 500)..]);
                break;
        }
    }

    private void NoteMemory(FuzzExchange request, TeeParameter parameter, ulong id)
    {
        FuzzMemory? memory = world.Device.Find(id);
        Require(memory is not null && model.FindMemory(id) is null, request, $"memory {id} was given out twice");
        Require((ulong)(memory?.Length ?? 0) >= parameter.B, request, "memory is smaller than asked for");
        if (memory is not null)
        {
            model.Memory.Add(memory);
        }
    }

    private void NoteFile(FuzzExchange request, TeeParameter parameter, ReadOnlySpan<TeeParameter> answer)
    {
        var operation = (FileSystemOperation)parameter.A;
        switch (operation)
        {
            case FileSystemOperation.Open or FileSystemOperation.Create or FileSystemOperation.OpenDirectory:
                ulong handle = answer[2].A;
                Require(
                    handle is > 0 and <= int.MaxValue && !model.Files.Exists(each => each.Handle == handle),
                    request,
                    $"the handle {handle:x} was given out twice, or is none");
                if (request.IsDelivered)
                {
                    bool isDirectory = operation == FileSystemOperation.OpenDirectory;
                    model.Files.Add((handle, isDirectory ? HandleKind.Directory : HandleKind.File));
                }

                break;
            case FileSystemOperation.Close:
                _ = model.RemoveFile(parameter.B, HandleKind.File);
                break;
            case FileSystemOperation.CloseDirectory:
                _ = model.RemoveFile(parameter.B, HandleKind.Directory);
                break;
        }
    }

    /// <summary>A file whose last writes cannot be made durable is closed all the same, as with close(2).</summary>
    private void NoteFailedClose(TeeParameter parameter)
    {
        if ((FileSystemOperation)parameter.A == FileSystemOperation.Close)
        {
            _ = model.RemoveFile(parameter.B, HandleKind.File);
        }
    }

    private void NoteSocket(FuzzExchange request, TeeParameter parameter, ReadOnlySpan<TeeParameter> answer)
    {
        switch ((SocketOperation)parameter.A)
        {
            case SocketOperation.Open:
                ulong handle = answer[3].A;
                Require(
                    handle is > 0 and <= int.MaxValue && !model.Sockets.Exists(each => each.Handle == handle),
                    request,
                    $"the handle {handle:x} was given out twice, or is none");
                if (request.IsDelivered)
                {
                    model.Sockets.Add((parameter.B, handle));
                }

                break;
            case SocketOperation.Close:
                _ = model.RemoveSocket(parameter.B, parameter.C);
                break;
            case SocketOperation.CloseAll:
                _ = model.Sockets.RemoveAll(each => each.Instance == parameter.B);
                break;
        }
    }

    /// <summary>What the secure world frees while a request uses it is gone after the request.</summary>
    private bool IsThere(FuzzMemory memory) => ReferenceEquals(world.Device.Find((ulong)memory.Id), memory);

    private void Require(bool holds, FuzzExchange request, string otherwise)
    {
        if (!holds)
        {
            world.Faults.Add($"{otherwise} ({request.Function}, {request.Result})");
        }
    }
}
