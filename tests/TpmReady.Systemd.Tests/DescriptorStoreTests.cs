// SPDX-License-Identifier: MIT

using System;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;

namespace TpmReady.Systemd.Tests;

/// <summary>What the service manager's store receives.</summary>
public sealed class DescriptorStoreTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    [Test]
    public async Task A_stored_descriptor_arrives_with_its_name()
    {
        using FakeManager manager = new();
        using DescriptorStore store = DescriptorStore.Open(manager.Address)!;
        int file = Libc.MemfdCreate("stored", Libc.MFD_CLOEXEC);
        _ = Libc.Ftruncate(file, 4711);

        await Assert.That(store.Keep(file, "tee-shm-"u8, 12, wait: true)).IsEqualTo(Errno.Success);
        (string text, int descriptor) = manager.Receive();
        await Assert.That(text).IsEqualTo("FDSTORE=1\nFDPOLL=0\nFDNAME=tee-shm-12");
        await Assert.That(descriptor).IsNotEqualTo(file);
        await Assert.That(Libc.Lseek(descriptor, 0, 2)).IsEqualTo(4711);

        await Assert.That(store.Keep(file, "tee-arena"u8, -1, wait: true)).IsEqualTo(Errno.Success);
        await Assert.That(manager.Receive().Text).IsEqualTo("FDSTORE=1\nFDPOLL=0\nFDNAME=tee-arena");
        _ = Libc.Close(descriptor);
        _ = Libc.Close(file);
    }

    [Test]
    public async Task Removal_names_what_to_remove_and_carries_nothing()
    {
        using FakeManager manager = new();
        using DescriptorStore store = DescriptorStore.Open(manager.Address)!;

        await Assert.That(store.Forget("tee-shm-"u8, int.MaxValue, wait: true)).IsEqualTo(Errno.Success);
        (string text, int descriptor) = manager.Receive();
        await Assert.That(text).IsEqualTo("FDSTOREREMOVE=1\nFDNAME=tee-shm-2147483647");
        await Assert.That(descriptor).IsEqualTo(-1);
    }

    [Test]
    public async Task The_barrier_ends_when_the_manager_has_read_it_and_not_before()
    {
        using FakeManager manager = new();
        using DescriptorStore store = DescriptorStore.Open(manager.Address)!;

        await Assert.That(store.Barrier(Moment)).IsEqualTo(Errno.ETIMEDOUT);
        _ = Libc.Close(manager.Receive().Descriptor);

        Task<int> barrier = Task.Run(() => store.Barrier(TimeSpan.FromSeconds(10)));
        (string text, int descriptor) = manager.Receive();
        Thread.Sleep(Moment);
        await Assert.That(barrier.IsCompleted).IsFalse();
        _ = Libc.Close(descriptor);
        await Assert.That(await barrier).IsEqualTo(Errno.Success);
        await Assert.That(text).IsEqualTo("BARRIER=1");
    }

    [Test]
    public async Task A_full_socket_holds_nobody_who_does_not_want_to_wait()
    {
        using FakeManager manager = new();
        using DescriptorStore store = DescriptorStore.Open(manager.Address)!;
        int file = Libc.MemfdCreate("stored", Libc.MFD_CLOEXEC);
        int error = Errno.Success;
        for (int i = 0; i < 100_000 && error == Errno.Success; i++)
        {
            error = store.Keep(file, "tee-shm-"u8, i, wait: false);
        }

        // Too many descriptors on their way (ETOOMANYREFS, unix(7)) is the other way for it to be full.
        await Assert.That(error is Errno.EAGAIN or Etoomanyrefs).IsTrue();
        _ = Libc.Close(file);
    }

    [Test]
    [Arguments(null)]
    [Arguments("")]
    [Arguments("relative")]
    public async Task Without_an_address_there_is_no_store(string? address) =>
        await Assert.That(DescriptorStore.Open(address)).IsNull();

    private const int Etoomanyrefs = 109;
}
