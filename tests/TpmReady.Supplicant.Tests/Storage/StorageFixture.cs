// SPDX-License-Identifier: MIT

using System;
using System.Runtime.InteropServices;
using System.Text;
using TpmReady.Linux.Files;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Storage;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Supplicant.Tests.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>
/// The file system service on a directory of its own, and a secure world that speaks to it in one line.
/// </summary>
internal sealed unsafe class StorageFixture : IDisposable
{
    public const int Slots = 4;
    public const ulong MemoryId = 5;
    public const int MemoryLength = 16384;
    public const int NameSize = 350;
    public const int NewNameOffset = 8192;

    private const int RegionLength = 64 << 10;
    private readonly FileSyncMode _mode;
    private readonly TemporaryDirectory _directory = new();
    private readonly byte* _region = (byte*)NativeMemory.AllocZeroed(RegionLength);

    public StorageFixture(
        IFileOperations? files = null, string subdirectory = "", FileSyncMode mode = FileSyncMode.Strict)
    {
        _mode = mode;
        Files = files ?? new LinuxFileOperations();
        Root = _directory[subdirectory];
        Restart();
    }

    public IFileOperations Files { get; }

    public string Root { get; }

    public RecordingLog Log { get; private set; } = new();

    public OneObjectMemory Memory { get; } = new(MemoryId, MemoryLength);

    public FileHandleTable Handles { get; private set; } = null!;

    public FileSystemService Service { get; private set; } = null!;

    /// <summary>A path in the store.</summary>
    public string this[string name] => System.IO.Path.Combine(Root, name);

    /// <summary>A new process takes over: same store, same table, no descriptors.</summary>
    public void Restart()
    {
        Log = new RecordingLog();
        Handles = new FileHandleTable(_region, RegionLength, Slots);
        Service = new FileSystemService(new StorageRoot(Root, Files, Log), Handles, Slots, Files, _mode, Log);
    }

    public (TeeResult Result, ulong Handle) Open(string name, int slot = 0) =>
        OpenWith(FileSystemOperation.Open, name, slot);

    public (TeeResult Result, ulong Handle) Create(string name, int slot = 0) =>
        OpenWith(FileSystemOperation.Create, name, slot);

    public (TeeResult Result, ulong Handle) OpenDirectory(string name) =>
        OpenWith(FileSystemOperation.OpenDirectory, name, 0);

    /// <summary>A handle that must be given.</summary>
    public ulong MustCreate(string name)
    {
        (TeeResult result, ulong handle) = Create(name);
        return result == TeeResult.Success
            ? handle
            : throw new InvalidOperationException($"CREATE {name}: {result}. {Log}");
    }

    /// <summary>A handle that must be given.</summary>
    public ulong MustOpen(string name)
    {
        (TeeResult result, ulong handle) = Open(name);
        return result == TeeResult.Success
            ? handle
            : throw new InvalidOperationException($"OPEN {name}: {result}. {Log}");
    }

    public TeeResult Close(ulong handle, int slot = 0) =>
        Call(slot, Value(FileSystemOperation.Close, handle)).Result;

    /// <summary>A file with content that is closed again, as OP-TEE leaves the index before it asks to remove it.</summary>
    public void MustWrite(string name, ReadOnlySpan<byte> bytes)
    {
        ulong handle = MustCreate(name);
        if (Write(handle, 0, bytes) != TeeResult.Success || Close(handle) != TeeResult.Success)
        {
            throw new InvalidOperationException($"WRITE {name} failed. {Log}");
        }
    }

    public TeeResult Write(ulong handle, ulong offset, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Memory.Bytes);
        return Call(
            0,
            Value(FileSystemOperation.Write, handle, offset),
            Reference(TeeParameterType.MemoryInput, 0, (ulong)bytes.Length)).Result;
    }

    public (TeeResult Result, byte[] Bytes) Read(ulong handle, ulong offset, int length)
    {
        Memory.Bytes.Fill(0xee);
        (TeeResult result, TeeParameter[] parameters) = Call(
            0,
            Value(FileSystemOperation.Read, handle, offset),
            Reference(TeeParameterType.MemoryOutput, 0, (ulong)length));
        return (result, result == TeeResult.Success ? Memory.Bytes[..(int)parameters[1].B].ToArray() : []);
    }

    public TeeResult Truncate(ulong handle, ulong length) =>
        Call(0, Value(FileSystemOperation.Truncate, handle, length)).Result;

    public TeeResult Remove(string name, int slot = 0) =>
        Call(slot, Value(FileSystemOperation.Remove), Name(name)).Result;

    public TeeResult Rename(string from, string to, bool replace) => Call(
        0,
        Value(FileSystemOperation.Rename, replace ? 1u : 0u),
        Name(from),
        Name(to, NewNameOffset)).Result;

    public (TeeResult Result, ulong Length, string Name) ReadDirectory(ulong handle, int room = 256)
    {
        (TeeResult result, TeeParameter[] parameters) = Call(
            0,
            Value(FileSystemOperation.ReadDirectory, handle),
            Reference(TeeParameterType.MemoryOutput, 0, (ulong)room));
        int length = (int)parameters[1].B;
        string name = result == TeeResult.Success ? Encoding.UTF8.GetString(Memory.Bytes[..(length - 1)]) : "";
        return (result, parameters[1].B, name);
    }

    /// <summary>One request from begin to end.</summary>
    public (TeeResult Result, TeeParameter[] Parameters) Call(int slot, params TeeParameter[] parameters)
    {
        RpcRequest request = new(RpcFunction.FileSystem, slot, parameters, Memory);
        TeeResult result = Service.Invoke(ref request);
        Service.Delivered(ref request);
        request.Dispose();
        return (result, parameters);
    }

    /// <summary>One request whose client is gone when the answer comes.</summary>
    public (TeeResult Result, TeeParameter[] Parameters) CallRevoked(int slot, params TeeParameter[] parameters) =>
        CallRevoked(slot, static () => { }, parameters);

    /// <summary>As before; something happens between the kill and the moment that the supplicant hears of it.</summary>
    public (TeeResult Result, TeeParameter[] Parameters) CallRevoked(
        int slot, Action meanwhile, params TeeParameter[] parameters)
    {
        RpcRequest request = new(RpcFunction.FileSystem, slot, parameters, Memory);
        TeeResult result = Service.Invoke(ref request);
        meanwhile();
        Service.Undo(ref request);
        request.Dispose();
        return (result, parameters);
    }

    /// <summary>The name as OP-TEE sends it: 350 bytes with stale ones after the NUL.</summary>
    public TeeParameter Name(string name, int offset = 0)
    {
        Span<byte> target = Memory.Bytes.Slice(offset, NameSize);
        target.Fill((byte)'x');
        int length = Encoding.UTF8.GetBytes(name, target);
        target[length] = 0;
        return Reference(TeeParameterType.MemoryInput, (ulong)offset, NameSize);
    }

    public static TeeParameter Value(FileSystemOperation operation, ulong b = 0, ulong c = 0) =>
        FakeSecureWorld.ValueInput((ulong)operation, b, c);

    public static TeeParameter Reference(TeeParameterType type, ulong offset, ulong size) =>
        new() { Attributes = (ulong)type, A = offset, B = size, C = MemoryId };

    public void Dispose()
    {
        _directory.Dispose();
        Memory.Dispose();
        NativeMemory.Free(_region);
    }

    private (TeeResult Result, ulong Handle) OpenWith(FileSystemOperation operation, string name, int slot)
    {
        (TeeResult result, TeeParameter[] parameters) =
            Call(slot, Value(operation), Name(name), FakeSecureWorld.ValueOutput());
        return (result, parameters[2].A);
    }
}
