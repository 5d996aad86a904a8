// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Storage;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>What the secure world is told when the file system fails.</summary>
public sealed class StorageErrorTests
{
    [Test]
    [Arguments(Errno.ENOENT, TeeResult.ItemNotFound)]
    [Arguments(Errno.ENOTDIR, TeeResult.ItemNotFound)]
    [Arguments(Errno.ELOOP, TeeResult.ItemNotFound)]
    [Arguments(Errno.EMFILE, TeeResult.OutOfMemory)]
    [Arguments(Errno.ENFILE, TeeResult.OutOfMemory)]
    [Arguments(Errno.ENOMEM, TeeResult.OutOfMemory)]
    [Arguments(Errno.EIO, TeeResult.Generic)]
    [Arguments(Errno.EACCES, TeeResult.Generic)]
    [Arguments(Errno.EISDIR, TeeResult.Generic)]
    [Arguments(Errno.ENODEV, TeeResult.Generic)]
    public async Task Only_a_missing_name_is_not_found(int error, TeeResult expected)
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        storage.MustCreate("/1");
        files.Fail("Open", error);

        await Assert.That(storage.Open("/1").Result).IsEqualTo(expected);
    }

    [Test]
    [Arguments("Write", Errno.ENOSPC, TeeResult.StorageNoSpace)]
    [Arguments("Write", Errno.EDQUOT, TeeResult.StorageNoSpace)]
    [Arguments("Write", Errno.EIO, TeeResult.Generic)]
    [Arguments("Write", Errno.ENOENT, TeeResult.Generic)]
    [Arguments("Write", Errno.EROFS, TeeResult.StorageNotAvailable)]
    public async Task Writing_tells_what_failed(string call, int error, TeeResult expected)
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        ulong handle = storage.MustCreate("/1");
        files.Fail(call, error);

        await Assert.That(storage.Write(handle, 0, "x"u8)).IsEqualTo(expected);
    }

    [Test]
    [Arguments("Sync")]
    [Arguments("Truncate")]
    [Arguments("GetStatus")]
    public async Task A_create_that_is_not_durable_has_failed(string call)
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        storage.Write(storage.MustCreate("/1"), 0, "old"u8);
        int before = files.OpenDescriptors;
        files.Fail(call, Errno.EIO);

        await Assert.That(storage.Create("/1").Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(files.OpenDescriptors).IsEqualTo(before);
    }

    [Test]
    public async Task Failed_syncs_of_directories_and_truncation_are_reported()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        ulong handle = storage.MustCreate("/file");
        storage.MustCreate("/2");
        files.Fault = static call => call is "Sync" or "SyncData" ? Errno.EIO : 0;

        await Assert.That(storage.Truncate(handle, 0)).IsEqualTo(TeeResult.Generic);
        await Assert.That(storage.Remove("/2")).IsEqualTo(TeeResult.Generic);
        await Assert.That(storage.Rename("/file", "/3", replace: true)).IsEqualTo(TeeResult.Generic);
    }

    [Test]
    public async Task A_file_system_that_cannot_sync_directories_can_be_used()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        files.Fail("Sync", Errno.EINVAL);

        await Assert.That(storage.Create("/1").Result).IsEqualTo(TeeResult.Success);
    }

    [Test]
    public async Task Every_write_is_durable_without_a_call_of_its_own()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        ulong handle = storage.MustCreate("/1");
        files.ResetCounts();
        storage.Write(handle, 0, "x"u8);

        await Assert.That(files.Count("Write")).IsEqualTo(1);
        await Assert.That(files.Count("Sync") + files.Count("SyncData")).IsEqualTo(0);
        await Assert.That(DescriptorFlags.AreSynchronous(storage["1"])).IsTrue();
    }

    [Test]
    [Arguments(Errno.EMFILE)]
    [Arguments(Errno.ENFILE)]
    [Arguments(Errno.ENOMEM)]
    [Arguments(Errno.EAGAIN)]
    [Arguments(Errno.EINTR)]
    public async Task A_passing_error_is_waited_out(int error)
    {
        FaultyFiles files = new();
        RecordingLog log = new();
        PatientFileOperations patient = new(files, TimeSpan.FromSeconds(30), log);
        using StorageFixture storage = new(patient);
        storage.MustCreate("/dirf.db");
        files.Fail("Open", error, times: 5);

        await Assert.That(storage.Open("/dirf.db").Result).IsEqualTo(TeeResult.Success);
        await Assert.That(log.Count(LogLevel.Warning)).IsEqualTo(error == Errno.EINTR ? 0 : 1);
    }

    [Test]
    public async Task A_lasting_error_is_waited_for_and_then_hard()
    {
        FaultyFiles files = new();
        RecordingLog log = new();
        PatientFileOperations patient = new(files, TimeSpan.FromMilliseconds(200), log);
        using StorageFixture storage = new(patient);
        storage.MustCreate("/dirf.db");
        files.Fail("Open", Errno.EMFILE);
        long start = Stopwatch.GetTimestamp();

        await Assert.That(storage.Open("/dirf.db").Result).IsEqualTo(TeeResult.OutOfMemory);
        await Assert.That(Stopwatch.GetElapsedTime(start)).IsGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(190));
        await Assert.That(log.Count(LogLevel.Critical)).IsEqualTo(1);
        files.Fault = static _ => 0;
        await Assert.That(storage.Remove("/dirf.db")).IsEqualTo(TeeResult.Generic);
        await Assert.That(storage.Open("/dirf.db").Result).IsEqualTo(TeeResult.Success);
    }

    [Test]
    public async Task Waiting_ends_when_the_program_does()
    {
        FaultyFiles files = new();
        PatientFileOperations patient = new(files, TimeSpan.FromMinutes(5), new RecordingLog());
        using StorageFixture storage = new(patient);
        storage.MustCreate("/1");
        files.Fail("Open", Errno.ENFILE);
        Task<TeeResult> opening = Task.Run(() => storage.Open("/1").Result);
        await Until.True(() => files.Count("Open") > 5);
        storage.Service.AbortWaits();

        await Assert.That(await opening).IsEqualTo(TeeResult.OutOfMemory);
    }

    [Test]
    public async Task Storage_that_comes_later_is_found()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files, "not/yet");
        files.Fault = static call => call is "Open" or "MakeDirectory" ? Errno.EACCES : 0;

        await Assert.That(storage.Open("/dirf.db").Result).IsEqualTo(TeeResult.StorageNotAvailable);
        await Assert.That(storage.Create("/1").Result).IsEqualTo(TeeResult.StorageNotAvailable);
        await Assert.That(storage.Remove("/1")).IsEqualTo(TeeResult.StorageNotAvailable);
        await Assert.That(storage.OpenDirectory("/1").Result).IsEqualTo(TeeResult.StorageNotAvailable);
        await Assert.That(storage.Log.Count(LogLevel.Error)).IsEqualTo(1);
        files.Fault = static _ => 0;
        await Assert.That(storage.Create("/1").Result).IsEqualTo(TeeResult.Success);
    }

    [Test]
    public async Task Without_a_file_system_s_help_a_read_only_store_can_be_read()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        storage.Write(storage.MustCreate("/1"), 0, "kept"u8);
        files.Fail("Open", Errno.EROFS, times: 1);
        (TeeResult result, ulong handle) = storage.Open("/1");

        await Assert.That(result).IsEqualTo(TeeResult.Success);
        await Assert.That(storage.Read(handle, 0, 4).Bytes.Length).IsEqualTo(4);
        await Assert.That(storage.Write(handle, 0, "x"u8)).IsEqualTo(TeeResult.Generic);
    }
}
