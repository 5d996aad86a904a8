// SPDX-License-Identifier: MIT

using System.Linq;
using System.Threading.Tasks;
using CsCheck;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Channel;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Channel;

/// <summary>RECV and SEND: what is offered, what comes, what goes back.</summary>
public sealed class RpcChannelTests
{
    [Test]
    public void The_transport_parameters_are_the_leading_run_of_marked_ones() =>
        Gen.ULong[0, 0x1FF].Array[0, 31].Sample(attributes =>
        {
            TeeParameter[] parameters = [.. attributes.Select(static value => new TeeParameter { Attributes = value })];
            RpcFrame frame = RpcChannel.Parse(parameters);
            int run = attributes.TakeWhile(static value => (value & TeeParameter.Meta) != 0).Count();
            return frame.Count == attributes.Length && frame.TransportCount == run
                && frame.IsMalformed == attributes.Skip(run).Any(static value => (value & TeeParameter.Meta) != 0);
        });

    [Test]
    public async Task Requests_are_numbered_and_their_answers_reach_them()
    {
        using var fixture = new ServerFixture(
            [new LambdaService(RpcFunction.FileSystem, static (ref RpcRequest request) =>
            {
                request.Parameters[1].A = request.Parameters[0].A * 2;
                return TeeResult.Success;
            })]);
        FakeRequest request = fixture.World.Call(
            RpcFunction.FileSystem, FakeSecureWorld.ValueInput(21), FakeSecureWorld.ValueOutput());

        await Assert.That(request.Result).IsEqualTo(TeeResult.Success);
        await Assert.That(request.Parameters[1].A).IsEqualTo(42UL);
        await Assert.That(fixture.Server.Mode).IsEqualTo(ChannelMode.Asynchronous);
        await Assert.That(fixture.Kernel.Violations).IsEmpty();
    }

    [Test]
    [Arguments(0)]
    [Arguments(7)]
    [Arguments(8)]
    [Arguments(30)]
    public async Task Any_number_of_parameters_that_the_kernel_can_carry_is_received(int count)
    {
        int seen = -1;
        using var fixture = new ServerFixture(
            [new LambdaService(RpcFunction.FileSystem, (ref RpcRequest request) =>
            {
                seen = request.Parameters.Length;
                return TeeResult.Success;
            })]);
        TeeParameter[] parameters = [.. Enumerable.Repeat(FakeSecureWorld.ValueInput(1, 2, 3), count)];

        await Assert.That(fixture.World.Call(RpcFunction.FileSystem, parameters).Result).IsEqualTo(TeeResult.Success);
        await Assert.That(seen).IsEqualTo(count);
        await Assert.That(fixture.Kernel.Violations).IsEmpty();
    }

    [Test]
    public async Task A_transport_parameter_in_the_wrong_place_is_answered_and_survived()
    {
        using var fixture = new ServerFixture();
        TeeParameter stray = FakeSecureWorld.ValueInput(7);
        stray.Attributes |= TeeParameter.Meta;

        FakeRequest request = fixture.World.Call(RpcFunction.FileSystem, FakeSecureWorld.ValueInput(), stray);
        await Assert.That(request.Result).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(fixture.World.Call((RpcFunction)99).Result).IsEqualTo(TeeResult.NotSupported);
    }

    [Test]
    public async Task The_oldest_kernels_get_one_thread_and_no_request_is_aborted()
    {
        using var fixture = new ServerFixture(
            [new LambdaService(RpcFunction.FileSystem, static (ref RpcRequest _) => TeeResult.Success)],
            new FakeKernelOptions { IsAncient = true, NumbersAtQueueTime = false });
        FakeRequest[] requests =
            [.. Enumerable.Range(0, 50).Select(_ => fixture.Kernel.Submit(RpcFunction.FileSystem))];
        foreach (FakeRequest request in requests)
        {
            await Assert.That(request.Wait().Result).IsEqualTo(TeeResult.Success);
        }

        await Assert.That(fixture.Server.Mode).IsEqualTo(ChannelMode.Synchronous);
        await Assert.That(fixture.Server.Statistics.Threads).IsEqualTo(1);
        await Assert.That(fixture.Kernel.Violations).IsEmpty();
    }

    [Test]
    [Arguments(Errno.EINTR)]
    [Arguments(Errno.EINVAL)]
    [Arguments(Errno.ENOMEM)]
    [Arguments(Errno.EAGAIN)]
    [Arguments(Errno.EFAULT)]
    public async Task Errors_of_receiving_pass(int error)
    {
        using var fixture = new ServerFixture(
            [new LambdaService(RpcFunction.FileSystem, static (ref RpcRequest _) => TeeResult.Success)]);
        fixture.Kernel.WaitForReceivers(1);
        lock (fixture.Kernel.Gate)
        {
            for (int i = 0; i < 3; i++)
            {
                fixture.Kernel.ReceiveErrors.Enqueue(error);
                fixture.Kernel.ReceiveErrorsAfterWake.Enqueue(error);
            }
        }

        fixture.Kernel.WakeReceivers();
        await Assert.That(fixture.World.Call(RpcFunction.FileSystem).Result).IsEqualTo(TeeResult.Success);
        await Assert.That(fixture.Failure).IsEqualTo(0);
    }

    [Test]
    [Arguments(Errno.ENODEV)]
    [Arguments(Errno.EBADF)]
    [Arguments(Errno.ENOTTY)]
    public async Task A_lost_device_is_reported_once(int error)
    {
        using var fixture = new ServerFixture();
        fixture.Kernel.WaitForReceivers(1);
        lock (fixture.Kernel.Gate)
        {
            fixture.Kernel.ReceiveErrors.Enqueue(error);
        }

        fixture.Kernel.WakeReceivers();
        fixture.Kernel.WaitForReceivers(0);
        await Until.True(() => fixture.Failure != 0);
        await Assert.That(fixture.Failure).IsEqualTo(error);
    }
}
