// SPDX-License-Identifier: MIT

using System.Threading.Tasks;

namespace TpmReady.Board.Tests.Scenarios;

/// <summary>A journal is read as systemd 257 writes it.</summary>
public sealed class BootRecordTests
{
    private const string Journal =
        """
        [    1.100000] board kernel: Booting Linux on physical CPU 0x0000000000 [0x411fd070]
        [    5.000000] board tpmready-gate[112]: The TPM answers; its clock is at 1.2 s.
        [    5.100000] board systemd[1]: Reached target tpm2.target - Trusted Platform Module.
        [    5.200000] board systemd[1]: Starting systemd-tpm2-setup-early.service - Early TPM SRK Setup...
        [    6.200000] board systemd[1]: Finished systemd-tpm2-setup-early.service - Early TPM SRK Setup.
        [    8.000000] board systemd[1]: Switching root.
        [    9.000000] board systemd[1]: systemd-tpm2-setup-early.service - Early TPM SRK Setup was skipped because of it.
        [    9.500000] board kernel: optee-ftpm optee-ta-bc50d971-d4c9-42c4-82cb-343fb7f37896: ftpm_tee_tpm_op_send: SUBMIT_COMMAND invoke error: 0xffff3024
        [    9.500100] board kernel: tpm tpm0: tpm_try_transmit: send(): error -53212
        [    9.600000] board systemd[1]: Starting systemd-pcrmachine.service - TPM PCR Machine ID Measurement...
        [   13.100000] board systemd[1]: Failed to start systemd-pcrmachine.service - TPM PCR Machine ID Measurement.
        [   13.200000] board systemd[1]: Starting systemd-pcrphase.service - TPM PCR Barrier (User)...
        [   13.300000] board systemd[1]: dev-tpmrm0.device: Job dev-tpmrm0.device/start timed out.
        [   13.310000] board systemd[1]: Timed out waiting for device dev-tpmrm0.device - /dev/tpmrm0.
        [   13.320000] board systemd[1]: dev-tpmrm0.device: Job dev-tpmrm0.device/start failed with result 'timeout'.
        [   14.000000] board systemd[1]: Reached target multi-user.target - Multi-User System.
        [   99.000000] board systemd[1]: Started something.service - Later.
        """;

    private static readonly BootRecord Record = new(Journal);

    [Test]
    [Arguments("systemd-tpm2-setup-early", true, ConsumerOutcome.Succeeded, 5.2, 6.2)]
    [Arguments("systemd-tpm2-setup-early", false, ConsumerOutcome.Skipped, null, null)]
    [Arguments("systemd-pcrmachine", false, ConsumerOutcome.Failed, 9.6, 13.1)]
    [Arguments("systemd-pcrphase", false, ConsumerOutcome.NotRun, 13.2, null)]
    [Arguments("systemd-pcrphase-initrd", true, ConsumerOutcome.NotRun, null, null)]
    public async Task A_user_of_the_TPM_has_one_outcome_in_each_phase(
        string unit, bool inInitrd, ConsumerOutcome outcome, double? began, double? ended)
    {
        ConsumerName name = new(unit, inInitrd);
        await Assert.That(Record.RunOf(name)).IsEqualTo(new ConsumerRun(name, outcome, began, ended));
    }

    [Test]
    public async Task What_went_wrong_and_how_long_was_waited_is_found()
    {
        await Assert.That(Record.FailedCommands).IsEquivalentTo(["tpm tpm0: tpm_try_transmit: send(): error -53212"]);
        await Assert.That(Record.TimeOuts)
            .IsEquivalentTo(["dev-tpmrm0.device: Job dev-tpmrm0.device/start timed out."]);
        await Assert.That(Record.MultiUserAt).IsEqualTo(14.0);
        await Assert.That(Record.LongestWait.Seconds).IsEqualTo(3.5).Within(0.001);
        await Assert.That(Record.LongestWait.Unit).IsEqualTo("systemd-pcrmachine.service");
        await Assert.That(Record.LastWord).IsEqualTo("The TPM answers; its clock is at 1.2 s.");
        await Assert.That(Record.AnsweredAt(inInitrd: true)).IsEqualTo(5.0);
        await Assert.That(Record.AnsweredAt(inInitrd: false)).IsNull();
    }
}
