// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Storage;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Supplicant.Tests.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Storage.PowerCut;

/// <summary>
/// OP-TEE's side of file requests (core/tee/tee_fs_rpc.c), served by the real service on files in memory.
/// </summary>
internal sealed unsafe class SecureWorldRequests : IDisposable
{
    public const int BlockSize = 4096;

    private const int Slots = 2;
    private const int Entries = 24;
    private const int NameSize = 350;
    private const int MemoryLength = 8192;
    private const int RegionLength = 64 + (Entries * FileHandleEntry.Size);
    private static readonly ulong MemoryId = 7;

    private readonly OneObjectMemory _memory = new(MemoryId, MemoryLength);
    private readonly byte* _region = (byte*)NativeMemory.AllocZeroed(RegionLength);
    private FileSystemService _service = null!;

    public SecureWorldRequests(MemoryFiles files, FileSyncMode mode) => Restart(files, mode);

    public MemoryFiles Files { get; private set; } = null!;

    public RecordingLog Log { get; private set; } = new();

    /// <summary>Runs after each answer.</summary>
    public Action Answered { get; set; } = static () => { };

    public int Requests { get; private set; }

    /// <summary>A supplicant and a secure world that know nothing yet.</summary>
    public void Restart(MemoryFiles files, FileSyncMode mode)
    {
        NativeMemory.Clear(_region, RegionLength);
        Files = files;
        Log = new RecordingLog();
        PatientFileOperations patient = new(files, TimeSpan.Zero, Log);
        FileHandleTable handles = new(_region, RegionLength, Slots);
        _service = new FileSystemService(
            new StorageRoot("/store", patient, Log), handles, Slots, patient, mode, Log);
    }

    public (TeeResult Result, ulong Handle) Open(string name) => OpenWith(FileSystemOperation.Open, name);

    public (TeeResult Result, ulong Handle) Create(string name) => OpenWith(FileSystemOperation.Create, name);

    public TeeResult Close(ulong handle) => Call([Value(FileSystemOperation.Close, handle, 0)]);

    public TeeResult Remove(string name) => Call([Value(FileSystemOperation.Remove, 0, 0), Name(name)]);

    public TeeResult Truncate(ulong handle, ulong length) =>
        Call([Value(FileSystemOperation.Truncate, handle, length)]);

    public TeeResult Write(ulong handle, long offset, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_memory.Bytes);
        return Call(
        [
            Value(FileSystemOperation.Write, handle, (ulong)offset),
            Reference(TeeParameterType.MemoryInput, bytes.Length),
        ]);
    }

    /// <summary>Reads; fewer bytes than asked for are corruption to a hash tree.</summary>
    public TeeResult Read(ulong handle, long offset, Span<byte> target)
    {
        TeeParameter[] parameters =
        [
            Value(FileSystemOperation.Read, handle, (ulong)offset),
            Reference(TeeParameterType.MemoryOutput, target.Length),
        ];
        TeeResult result = Call(parameters);
        if (result != TeeResult.Success)
        {
            return result;
        }

        _memory.Bytes[..target.Length].CopyTo(target);
        return parameters[1].B == (ulong)target.Length ? TeeResult.Success : TeeResult.CorruptObject;
    }

    public void Dispose()
    {
        _memory.Dispose();
        NativeMemory.Free(_region);
    }

    private (TeeResult Result, ulong Handle) OpenWith(FileSystemOperation operation, string name)
    {
        bool exists = Files.Directory.Names.ContainsKey(name);
        TeeParameter[] parameters = [Value(operation, 0, 0), Name(name), FakeSecureWorld.ValueOutput()];
        TeeResult result = Call(parameters);
        if (result == TeeResult.ItemNotFound && exists)
        {
            throw new InvalidDataException($"{name} is there, and the secure world was told that it is not");
        }

        return (result, parameters[2].A);
    }

    private TeeResult Call(TeeParameter[] parameters)
    {
        Requests++;
        RpcRequest request = new(RpcFunction.FileSystem, Requests % Slots, parameters, _memory);
        TeeResult result = _service.Invoke(ref request);
        _service.Delivered(ref request);
        request.Dispose();
        Answered();
        return result;
    }

    private TeeParameter Name(string name)
    {
        Span<byte> target = _memory.Bytes[..NameSize];
        int length = Encoding.UTF8.GetBytes(name, target);
        target[length] = 0;
        return Reference(TeeParameterType.MemoryInput, NameSize);
    }

    private static TeeParameter Value(FileSystemOperation operation, ulong b, ulong c) =>
        FakeSecureWorld.ValueInput((ulong)operation, b, c);

    private static TeeParameter Reference(TeeParameterType type, int size) =>
        new() { Attributes = (ulong)type, A = 0, B = (ulong)size, C = MemoryId };
}
