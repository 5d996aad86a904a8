// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.Threading.Tasks;

namespace TpmReady.Board.Tests.Scenarios;

/// <summary>A root file system that only the firmware TPM unlocks, in the initrd, at each boot.</summary>
public sealed class EncryptedRootTests : BoardTest
{
    // What systemd-cryptenroll(1) and crypttab(5) say; the root is copied from the one that runs. The work of the
    // password's derivation is the least, for the password is only used here.
    private const string Install =
        """
        set -eu
        export LD_LIBRARY_PATH=/run/board/cryptsetup
        cryptsetup=/run/board/cryptsetup/cryptsetup disk=/dev/disk/by-id/virtio-spare
        printf password >/run/key
        $cryptsetup luksFormat --batch-mode --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file /run/key $disk
        systemd-cryptenroll --unlock-key-file=/run/key --tpm2-device=auto --tpm2-pcrs=7 $disk >&2
        $cryptsetup open --key-file /run/key $disk sealed
        mkfs.ext4 -q /dev/mapper/sealed
        mount /dev/mapper/sealed /mnt
        cp -ax / /mnt
        uuid=$($cryptsetup luksUUID $disk)
        echo "root UUID=$uuid none tpm2-device=auto,x-initrd.attach" >/mnt/etc/crypttab
        umount /mnt
        $cryptsetup close sealed
        echo $uuid
        """;

    [Test]
    [NotInParallel]
    public async Task The_root_is_unlocked_by_the_TPM_in_the_initrd_and_again_after_a_reboot()
    {
        Skip.When(ScenarioTests.Wanted is null, "whole boots of a copied root: bench/scenarios runs them");
        using StateDirectory state = new();
        BoardOptions options = Packaged(InitrdKind.Dracut) with
        {
            SpareDisk = true,
            StateDirectory = state.Path,
        };
        string uuid = await InstallAsync(options);
        options = options with
        {
            KernelParameters =
                $"root=/dev/mapper/root rd.luks.name={uuid}=root rd.luks.options=tpm2-device=auto,headless=true",
        };
        for (int boot = 1; boot <= 2; boot++)
        {
            await ExpectUnlockedAsync(options, boot);
        }
    }

    private static async Task<string> InstallAsync(BoardOptions options)
    {
        await using EmulatedBoard board = await StartAsync(options);
        await board.WaitForSystemAsync();
        string uuid = (await board.RunAsync(Install, TimeSpan.FromMinutes(20))).Trim().Split('\n')[^1];
        await board.PowerOffAsync();
        await Assert.That(board.SecureLog).DoesNotContain("panicked");
        return uuid;
    }

    private static async Task ExpectUnlockedAsync(BoardOptions options, int boot)
    {
        await using EmulatedBoard board = await StartAsync(options);
        await board.WaitForSystemAsync();
        string source = await board.RunAsync("findmnt --noheadings --output SOURCE /");
        string journal = await ReadJournalAsync(board);
        BootRecord record = new(journal);
        string name = string.Create(CultureInfo.InvariantCulture, $"encrypted-root-{boot}");
        await ScenarioResult.KeepLogsAsync(name, journal, board);
        await Assert.That(source.Trim()).IsEqualTo("/dev/mapper/root");
        await Assert.That(record.AnsweredAt(inInitrd: true)).IsNotNull();
        await Assert.That(record.AnsweredAt(inInitrd: false)).IsNotNull();
        ConsumerRun unlocking = record.RunOf(new ConsumerName("systemd-cryptsetup@root", IsInInitrd: true));
        await ScenarioResult.KeepRowsAsync(name, [Row(boot, unlocking, record)]);
        await Assert.That(unlocking.Outcome).IsEqualTo(ConsumerOutcome.Succeeded);
        await Assert.That(unlocking.BeganAt!.Value).IsGreaterThanOrEqualTo(record.AnsweredAt(inInitrd: true)!.Value);
        await Assert.That(record.FailedCommands).IsEmpty();
        await Assert.That(record.TimeOuts).IsEmpty();
        await board.PowerOffAsync();
        await Assert.That(board.SecureLog).DoesNotContain("panicked");
    }

    private static string Row(int boot, ConsumerRun unlocking, BootRecord record) => string.Create(
        CultureInfo.InvariantCulture,
        $"unlock|encrypted-root|Ours|{boot}|{record.AnsweredAt(inInitrd: true):0.0}|{unlocking.BeganAt:0.0}"
        + $"|{unlocking.EndedAt:0.0}|{record.MultiUserAt:0.0}");
}
