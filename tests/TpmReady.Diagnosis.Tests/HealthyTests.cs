// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using TpmReady.Diagnosis.Findings;

namespace TpmReady.Diagnosis.Tests;

/// <summary>
/// Boots whose TPM is fine, or absent and not wanted, with all the troubles that machines have besides: none may give a
/// finding above a note.
/// </summary>
public sealed class HealthyTests
{
    private const int PerMachine = 40;

    [Test]
    public async Task Healthy_boots_and_other_troubles_give_notes_at_most()
    {
        List<string> wrong = [];
        int count = 0;
        string[] formats = [.. Logs.Formats.Keys];
        foreach ((string machine, Entry[] boot) in Machines)
        {
            for (int variant = 0; variant < PerMachine; variant++)
            {
                Random random = new((count * 7919) + 13);
                string format = formats[count % formats.Length];
                Entry[] entries = Vary(boot, random);
                string text = Logs.Formats[format](entries);
                byte[] bytes = format is "export" ? Encoding.Latin1.GetBytes(text) : Encoding.UTF8.GetBytes(text);
                Finding? worse = TestData.ExplainBytes(bytes).FirstOrDefault(finding => finding.Severity > Severity.Note);
                count++;
                if (worse is not null)
                {
                    wrong.Add($"{machine} {variant} {format}: {worse.Id} because of {worse.Evidence[0].Text}");
                }
            }
        }

        Console.WriteLine($"{count} healthy boots and boots with other troubles, {wrong.Count} with a finding above a note");
        await Assert.That(string.Join('\n', wrong.Take(20))).IsEqualTo("");
        await Assert.That(count).IsGreaterThanOrEqualTo(200);
    }

    /// <summary>The board whose firmware TPM works, as a journal.</summary>
    internal static byte[] GoodBoot() => Logs.Bytes(Logs.Formats["short-monotonic"](Machines[3].Boot));

    /// <summary>Adds up to eight other troubles, shifts the times, leaves out a tenth of the lines in half of the boots.</summary>
    private static Entry[] Vary(Entry[] boot, Random random)
    {
        double shift = random.NextDouble() * 3;
        double stretch = 0.5 + random.NextDouble();
        bool gaps = random.Next(2) == 0;
        List<Entry> entries = [.. boot.Where(_ => !gaps || random.Next(10) > 0)];
        for (int trouble = random.Next(9); trouble > 0; trouble--)
        {
            Entry[] added = Troubles[random.Next(Troubles.Length)];
            int at = random.Next(entries.Count + 1);
            double when = at == 0 ? 0 : entries[at - 1].Seconds;
            entries.InsertRange(at, added.Select(entry => entry with { Seconds = when + (entry.Seconds / 1000) }));
        }

        return [.. entries.Select(entry => entry with { Seconds = (entry.Seconds * stretch) + shift })];
    }

    private static Entry K(double at, string text) => new(at, "kernel", 0, text);

    private static Entry S(double at, string text) => new(at, "systemd", 1, text);

    private static Entry P(double at, string who, string text) => new(at, who, 300, text);

    private static readonly Entry[] UserSpace =
    [
        S(8.0, "Reached target sysinit.target - System Initialization."), S(8.1, "Started dbus.service - D-Bus System Message Bus."),
        S(8.5, "Starting wpa_supplicant.service - WPA supplicant..."), S(8.6, "Started wpa_supplicant.service - WPA supplicant."),
        S(9.0, "Reached target multi-user.target - Multi-User System."),
        S(9.9, "Startup finished in 1.2s (firmware) + 2.1s (kernel) + 3s (initrd) + 4s (userspace) = 10.3s."),
    ];

    private static readonly (string Name, Entry[] Boot)[] Machines =
    [
        ("a PC with a TPM 2.0 and a unified kernel",
        [
            K(0.0, "Linux version 6.12.0-amd64 (gcc) #1 SMP"), K(0.0, "efi: TPMFinalLog=0x4fca2000 ACPI=0x4fd0e000 TPMEventLog=0x4c429118"),
            K(0.1, "ACPI: TPM2 0x000000004D2F0000 000034 (v04 LENOVO TP-N2C   00001500 PTEC 00000002)"),
            K(0.9, "tpm_tis MSFT0101:00: 2.0 TPM (device-id 0x1B, rev-id 22)"), K(1.0, "tpm tpm0: A TPM error (256) occurred attempting the self test"),
            K(1.0, "tpm tpm0: starting up the TPM manually"), S(1.5, "systemd 258.1 running in system mode (+PAM +TPM2)"),
            S(1.5, "Running in initrd."), S(1.6, "Expecting device dev-tpmrm0.device - /dev/tpmrm0..."),
            S(2.1, "Found device dev-tpmrm0.device - /dev/tpmrm0."), S(2.1, "Reached target tpm2.target - Trusted Platform Module."),
            S(2.1, "Starting systemd-pcrphase-initrd.service - TPM PCR Barrier (initrd)..."),
            P(2.2, "systemd-pcrextend", "Extended PCR index 11 with 'enter-initrd' (banks sha256)."),
            P(2.9, "systemd-cryptsetup", "Automatically discovered security TPM2 token unlocks volume."),
            P(2.95, "systemd-cryptsetup", "libcryptsetup-token-systemd-fido2.so: cannot open shared object file: No such file or directory"),
            S(3.5, "Switching root."), S(4.0, "systemd 258.1 running in system mode (+PAM +TPM2)"),
            S(4.4, "Found device dev-tpm0.device - /dev/tpm0."), S(4.5, "Reached target tpm2.target - Trusted Platform Module."),
            S(4.6, "Starting systemd-tpm2-setup.service - TPM SRK Setup..."), P(4.8, "systemd-tpm2-setup", "SRK already stored in the TPM."),
            S(4.9, "Finished systemd-tpm2-setup.service - TPM SRK Setup."), .. UserSpace,
        ]),
        ("a virtual machine without a TPM",
        [
            K(0.0, "Linux version 6.1.0-cloud-amd64 (gcc) #1 SMP"), K(0.6, "ima: No TPM chip found, activating TPM-bypass!"),
            S(1.5, "systemd 252.39 running in system mode (+PAM +TPM2)"), S(1.5, "Running in initrd."), S(3.5, "Switching root."),
            S(4.0, "systemd 252.39 running in system mode (+PAM +TPM2)"),
            S(4.2, "systemd-pcrmachine.service - TPM2 PCR Machine ID Measurement was skipped because of an unmet condition check (ConditionPathExists=/sys/firmware/efi/efivars/StubPcrKernelImage-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f)."),
            S(4.3, "systemd-pcrphase.service - TPM2 PCR Barrier (User) was skipped because of an unmet condition check (ConditionSecurity=tpm2)."),
            P(5.0, "systemd-logind", "New seat seat0."), .. UserSpace,
        ]),
        ("a laptop with a TPM 1.2 and nothing that wants one",
        [
            K(0.0, "Linux version 6.9.2 (gcc) #1 SMP"), K(0.1, "ACPI: TCPA 0x00000000DB7D0000 000032 (v02 LENOVO)"),
            K(1.1, "tpm_tis 00:05: 1.2 TPM (device-id 0xB, rev-id 16)"), K(1.2, "tpm tpm0: TPM is disabled/deactivated (0x7)") with { Message = "hpet: hpet0 registered" },
            S(1.5, "systemd 257 running in system mode (+PAM)"), S(1.6, "Welcome to Debian GNU/Linux 13 (trixie)!"),
            S(4.3, "systemd-tpm2-setup.service - TPM SRK Setup skipped, unmet condition check ConditionSecurity=measured-uki"), .. UserSpace,
        ]),
        ("a board whose firmware TPM works",
        [
            K(0.0, "Linux version 6.12.0-arm64 (gcc) #1 SMP"), K(0.4, "ima: No TPM chip found, activating TPM-bypass!"),
            K(1.2, "optee: probing for conduit method."), K(1.2, "optee: revision 4.10"), K(1.2, "optee: initialized driver"),
            S(1.5, "systemd 257.13 running in system mode (+PAM)"), S(1.5, "Running in initrd."),
            S(1.8, "Starting tee-supplicant@teepriv0.service - TEE Supplicant on teepriv0..."),
            S(2.0, "Started tee-supplicant@teepriv0.service - TEE Supplicant on teepriv0."),
            K(2.2, "tpm_ftpm_tee: loading out-of-tree module taints kernel."),
            S(2.6, "Started tpmready-driver@teepriv0.service - TPM driver on teepriv0."), S(2.8, "Found device dev-tpmrm0.device - /dev/tpmrm0."),
            S(2.9, "Reached target tpm2.target - Trusted Platform Module."), P(3.0, "systemd-pcrextend", "Extended PCR index 11 with 'enter-initrd' (banks sha256)."),
            S(3.2, "Stopped tpmready-driver@teepriv0.service - TPM driver on teepriv0."), S(3.3, "Stopped tee-supplicant@teepriv0.service - TEE Supplicant on teepriv0."),
            S(3.5, "Switching root."), S(4.0, "systemd 257.13 running in system mode (+PAM)"),
            S(4.5, "Started tee-supplicant@teepriv0.service - TEE Supplicant on teepriv0."), S(4.8, "Started tpmready-driver@teepriv0.service - TPM driver on teepriv0."),
            S(5.0, "Found device dev-tpmrm0.device - /dev/tpmrm0."), S(5.1, "Reached target tpm2.target - Trusted Platform Module."),
            S(5.2, "Starting systemd-pcrmachine.service - TPM PCR Machine ID Measurement..."), S(5.6, "Finished systemd-pcrmachine.service - TPM PCR Machine ID Measurement."),
            .. UserSpace, S(60, "Stopped target multi-user.target - Multi-User System."),
            S(60.5, "Stopped tpmready-driver@teepriv0.service - TPM driver on teepriv0."), S(60.6, "Stopped tee-supplicant@teepriv0.service - TEE Supplicant on teepriv0."),
            S(61, "Reached target reboot.target - System Reboot."), K(62, "reboot: Restarting system"),
        ]),
        ("a board with OP-TEE and no TPM",
        [
            K(0.0, "Linux version 5.15.0 (gcc) #1 SMP"), K(1.2, "optee: initialized driver"),
            S(1.5, "systemd 250 running in system mode (+PAM)"), S(2.0, "Started TEE Supplicant."), .. UserSpace,
            S(60, "Stopped target Multi-User System."), S(60.6, "Stopped TEE Supplicant."), S(61, "Reached target System Reboot."),
            K(62, "reboot: Restarting system"),
        ]),
        ("a server with a slow TPM on SPI",
        [
            K(0.0, "Linux version 6.6.0 (gcc) #1 SMP"), K(3.9, "tpm_tis_spi spi0.0: 2.0 TPM (device-id 0x1B, rev-id 22)"),
            K(3.95, "tpm tpm0: A TPM error (2314) occurred continue selftest"), S(4.0, "systemd 255 running in system mode (+PAM)"),
            S(4.2, "Starting systemd-tpm2-setup.service - TPM2 SRK Setup..."), S(7.9, "Finished systemd-tpm2-setup.service - TPM2 SRK Setup."),
            .. UserSpace,
        ]),
    ];

    private static readonly Entry[][] Troubles =
    [
        [S(0, "Timed out waiting for device dev-disk-by\\x2duuid-1234.device - /dev/disk/by-uuid/1234."), S(1, "Dependency failed for home.mount - /home."), S(2, "Dependency failed for local-fs.target - Local File Systems.")],
        [S(0, "Failed to start NetworkManager-wait-online.service - Network Manager Wait Online."), S(1, "NetworkManager-wait-online.service: Failed with result 'exit-code'.")],
        [K(0, "ata1.00: failed command: READ FPDMA QUEUED"), K(1, "I/O error, dev sda, sector 12345 op 0x0:(READ) flags 0x0"), K(2, "EXT4-fs error (device sda1): ext4_find_entry:1455: inode #2: comm committee: reading directory lblock 0")],
        [K(0, "Out of memory: Killed process 4711 (steel-mill) total-vm:123456kB"), S(1, "steel-mill.service: Failed with result 'oom-kill'.")],
        [P(0, "wpa_supplicant", "wlan0: Failed to initialize driver interface"), S(1, "wpa_supplicant.service: Main process exited, code=exited, status=255/EXCEPTION"), S(2, "Failed to start WPA supplicant.")],
        [S(0, "network.target: Found ordering cycle on foo.service/start"), S(1, "network.target: Job foo.service/start deleted to break ordering cycle starting with network.target/start")],
        [P(0, "modprobe", "FATAL: Module nvidia not found in directory /lib/modules/6.12.0"), P(1, "systemd-modules-load", "Failed to find module 'zfs'")],
        [K(0, "usb 1-1: device descriptor read/64, error -110"), K(1, "xhci_hcd 0000:00:14.0: probe with driver xhci_hcd failed with error -16")],
        [K(0, "amdgpu 0000:03:00.0: can't request region for resource [mem 0xe0000000-0xefffffff]"), K(1, "i2c_designware: probe of i2c-7 failed with error 378")],
        [P(0, "dockerd", "failed to start: error while loading shared libraries: libfoo.so: cannot open shared object file: No such file or directory")],
        [P(0, "sshd", "error: kex_exchange_identification: Connection closed by remote host"), P(1, "cron", "(root) CMD (/usr/bin/guarantee --fee 12)")],
        [P(0, "systemd-cryptsetup", "Set cipher aes, mode xts-plain64, key size 512 bits for device /dev/disk/by-uuid/77."), P(1, "systemd-cryptsetup", "Failed to activate with specified passphrase: Operation not permitted")],
        [S(0, "Failed to mount nas.mount - /nas."), S(1, "nas.mount: Failed with result 'timeout'."), S(2, "Dependency failed for remote-fs.target - Remote File Systems.")],
        [P(0, "(udev-worker)", "sdb: Worker [288] processing SEQNUM=1119 is taking a long time"), P(1, "systemd-udevd", "nvme0n1: Worker [289] terminated by signal 9 (KILL).")],
        [K(0, "Bluetooth: hci0: command 0x0c03 tx timeout"), K(1, "mmc0: error -110 whilst initialising SD card")],
        [P(0, "gnome-keyring", "couldn't access control socket: /run/user/1000/keyring/control: No such file or directory")],
        [P(0, "systemd", "Startup finished in 2.210s.") with { Pid = 495 }, P(1, "systemd", "app-foo.service: Failed with result 'exit-code'.") with { Pid = 495 }],
        [K(0, "ACPI BIOS Error (bug): Could not resolve symbol [\\_SB.PCI0.TPMX], AE_NOT_FOUND"), K(1, "[Firmware Bug]: the BIOS has corrupted hw-PMU resources")],
        [K(0, "watchdog: BUG: soft lockup - CPU#1 stuck for 22s!"), K(1, "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks")],
        [P(0, "fwupd", "failed to load eventlog: Failed to open file /sys/kernel/security/tpm0/binary_bios_measurements: No such file or directory")],
    ];
}
