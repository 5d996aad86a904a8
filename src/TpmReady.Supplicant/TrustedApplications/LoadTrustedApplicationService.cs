// SPDX-License-Identifier: MIT

using System;
using System.Runtime.InteropServices;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Storage;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.TrustedApplications;

/// <summary>
/// LOAD_TA: value in (a, b = the UUID's octets), memory out. OP-TEE asks twice, first without a buffer for the size,
/// then with one (core/kernel/ree_fs_ta.c). It checks the TA's signature itself; this side only finds the file.
/// </summary>
/// <param name="directories">Where to look.</param>
/// <param name="files">How files are reached; must wait out transient errors.</param>
/// <param name="log">Where messages go.</param>
internal sealed unsafe class LoadTrustedApplicationService(
    TrustedApplicationDirectories directories, IFileOperations files, ILog log) : IRpcService
{
    private readonly OpenedApplications _opened = new(files);

    /// <inheritdoc/>
    public RpcFunction Function => RpcFunction.LoadTrustedApplication;

    /// <inheritdoc/>
    public TeeResult Invoke(ref RpcRequest request)
    {
        if (!request.HasTypes(TeeParameterType.ValueInput, TeeParameterType.MemoryOutput))
        {
            return TeeResult.BadParameters;
        }

        MemoryReference memory = request.GetMemory(1);
        if (memory.State == MemoryState.OutOfBounds)
        {
            return TeeResult.BadParameters;
        }

        Guid uuid = ReadUuid(ref request);
        ref ulong size = ref request.Parameters[1].B;
        return memory.IsNull ? Measure(uuid, ref size) : Load(uuid, memory.Bytes, ref size);
    }

    /// <inheritdoc/>
    public void Undo(ref RpcRequest request)
    {
        if (request.HasTypes(TeeParameterType.ValueInput, TeeParameterType.MemoryOutput))
        {
            _opened.Drop(ReadUuid(ref request));
        }
    }

    /// <inheritdoc/>
    public void AbortWaits() => (files as PatientFileOperations)?.StopWaiting();

    /// <summary>
    /// First call: the file stays open, so that the second call reads the same one even if it is replaced meanwhile.
    /// </summary>
    private TeeResult Measure(Guid uuid, ref ulong size)
    {
        _opened.Drop(uuid);
        TeeResult result = Open(uuid, out OpenedApplication file);
        if (result != TeeResult.Success)
        {
            return result;
        }

        files.AdviseWillNeed(file.Descriptor);
        _opened.Add(file);
        size = (ulong)file.Length;
        return TeeResult.Success;
    }

    private TeeResult Load(Guid uuid, Span<byte> target, ref ulong size)
    {
        if (!_opened.TryTake(uuid, out OpenedApplication file))
        {
            TeeResult result = Open(uuid, out file);
            if (result != TeeResult.Success)
            {
                return result;
            }
        }

        try
        {
            return file.Length > target.Length ? TooShort(file.Length, ref size) : Read(file, target, ref size);
        }
        finally
        {
            files.Close(file.Descriptor);
        }
    }

    private TeeResult Read(OpenedApplication file, Span<byte> target, ref ulong size)
    {
        long done = 0;
        fixed (byte* buffer = target)
        {
            while (done < file.Length)
            {
                nint count = files.Read(file.Descriptor, buffer + done, (nuint)(file.Length - done), (long)done);
                if (count <= 0)
                {
                    log.Write(
                        LogLevel.Error,
                        count < 0
                            ? $"TA {file.Uuid} cannot be read: {Errno.Name((int)-count)}."
                            : $"TA {file.Uuid} became shorter while it was read. Replace TAs by renaming, not by "
                                + "writing over them.");
                    return TeeResult.ItemNotFound;
                }

                done += count;
            }
        }

        if (files.GetStatus(file.Descriptor, out FileStatus status) >= 0 && status.Size > file.Length)
        {
            return TooShort(status.Size, ref size);
        }

        size = (ulong)file.Length;
        return TeeResult.Success;
    }

    private static TeeResult TooShort(long length, ref ulong size)
    {
        size = (ulong)length;
        return TeeResult.ShortBuffer;
    }

    private TeeResult Open(Guid uuid, out OpenedApplication file)
    {
        int descriptor = directories.Open(files, uuid, out long length);
        file = new OpenedApplication(uuid, descriptor, length);
        if (descriptor >= 0)
        {
            return TeeResult.Success;
        }

        if (descriptor != -Errno.ENOENT)
        {
            log.Write(LogLevel.Error, $"TA {uuid} cannot be opened: {Errno.Name(-descriptor)}.");
        }
        else if (log.IsEnabled(LogLevel.Debug))
        {
            // Normal: OP-TEE asks here for every TA that it does not have itself.
            log.Write(LogLevel.Debug, $"TA {uuid} is in no TA directory.");
        }

        return StorageErrors.IsTransient(-descriptor) ? TeeResult.Generic : TeeResult.ItemNotFound;
    }

    // The two words hold the octets in the order of RFC 9562, as a C compiler on a little-endian machine reads them.
    private static Guid ReadUuid(ref RpcRequest request)
    {
        ReadOnlySpan<ulong> words = [request.Parameters[0].A, request.Parameters[0].B];
        return new Guid(MemoryMarshal.AsBytes(words), bigEndian: true);
    }
}
