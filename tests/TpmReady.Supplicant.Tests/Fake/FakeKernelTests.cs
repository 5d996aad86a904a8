// SPDX-License-Identifier: MIT

using System;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Fake;

/// <summary>The fake behaves as the contract says, and as the kernel does where the contract cannot look.</summary>
public sealed class FakeKernelTests
{
    [Test]
    [Arguments(1024, true, true)]
    [Arguments(4096, true, true)]
    [Arguments(1024, false, true)]
    [Arguments(1024, true, false)]
    public async Task It_keeps_the_contract(int argumentLimit, bool numbersAtQueueTime, bool registersMemory)
    {
        using var kernel = new FakeKernel(new()
        {
            ArgumentLimit = argumentLimit,
            NumbersAtQueueTime = numbersAtQueueTime,
            GeneralCapabilities = registersMemory ? 1 | TeeVersion.RegisteredMemory : 1u,
        });
        using ITeeDevice device = kernel.Open().Device!;
        new DeviceContract(device, new FakeRequester(kernel)).CheckAll();

        await Assert.That(kernel.Violations).IsEmpty();
        await Assert.That(kernel.LiveMemory).IsEqualTo(0);
    }

    [Test]
    public async Task The_contract_notices_a_node_for_clients()
    {
        using var kernel = new FakeKernel();
        using ITeeDevice device = kernel.Open("/dev/tee0").Device!;
        await Assert.That(() => new DeviceContract(device, new FakeRequester(kernel)).CheckAll())
            .Throws<ContractException>();
    }

    [Test]
    public async Task Only_one_supplicant_may_open_the_node()
    {
        using var kernel = new FakeKernel();
        (_, ITeeDevice? first) = kernel.Open();

        await Assert.That(kernel.Open().Error).IsEqualTo(Errno.EBUSY);
        await Assert.That(kernel.Open("/dev/tee0").Error).IsEqualTo(Errno.Success);
        first!.Dispose();
        await Assert.That(kernel.Open().Error).IsEqualTo(Errno.Success);
    }

    [Test]
    public async Task A_dead_supplicant_without_memory_ends_its_requests()
    {
        using var fixture = new ServerFixture(start: false);
        FakeRequest request = fixture.Kernel.Submit(RpcFunction.FileSystem);
        fixture.Kernel.KillSupplicant();

        await Assert.That(request.Wait().Result).IsEqualTo(TeeResult.Communication);
        await Assert.That(fixture.Kernel.Open().Error).IsEqualTo(Errno.Success);
    }

    [Test]
    public async Task A_dead_supplicant_whose_memory_is_held_leaves_everything_hanging()
    {
        using var fixture = new ServerFixture();
        FakeMemory memory = fixture.World.Allocate(4096)!;
        _ = fixture.Drain(TimeSpan.FromSeconds(5));
        fixture.Kernel.KillSupplicant();
        FakeRequest request = fixture.Kernel.Submit(RpcFunction.FileSystem);

        await Assert.That(fixture.Kernel.Open().Error).IsEqualTo(Errno.EBUSY);
        await Assert.That(request.State).IsEqualTo(FakeRequestState.Queued);
        fixture.Kernel.Drop(memory);
        await Assert.That(request.Wait().Result).IsEqualTo(TeeResult.Communication);
        await Assert.That(fixture.Kernel.Open().Error).IsEqualTo(Errno.Success);
    }

    [Test]
    public async Task Clients_in_the_kernel_do_not_wait_for_a_supplicant()
    {
        using var kernel = new FakeKernel();
        FakeRequest refused = kernel.Submit(RpcFunction.FileSystem, noWait: true);
        FakeRequest waits = kernel.Submit(RpcFunction.FileSystem, noWait: false);

        await Assert.That(refused.Result).IsEqualTo(TeeResult.Communication);
        await Assert.That(waits.State).IsEqualTo(FakeRequestState.Queued);
    }
}
