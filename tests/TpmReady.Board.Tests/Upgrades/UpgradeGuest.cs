// SPDX-License-Identifier: MIT

using System.Globalization;
using System.Threading.Tasks;

namespace TpmReady.Board.Tests.Upgrades;

/// <summary>A board on which clients use TPM and storage without pause while its supplicant's file is replaced.</summary>
/// <param name="board">The board.</param>
/// <param name="unit">The supplicant's unit.</param>
/// <param name="program">The file that the unit starts.</param>
internal sealed class UpgradeGuest(EmulatedBoard board, string unit, string program)
{
    /// <summary>Where the builds lie in the payload, one of each name.</summary>
    public const string Builds = "builds";

    /// <summary>
    /// What the clients do: count in the TPM's NV memory, or in an object, and read it again. Each command is one process,
    /// and each of storage loads its TA through the supplicant.
    /// </summary>
    private const string Client =
        """
        #!/bin/bash
        cd /run/upgrade
        nv() {
          printf %08d "$1" >nv-wanted
          tpm2_nvwrite -i nv-wanted 0x1500016 || return
          echo ack >>nv-acks
          tpm2_nvread -s 8 0x1500016 >nv-found || return
          cmp -s nv-wanted nv-found || echo "nv $1" >>lost
        }
        storage() {
          /opt/board/bin/board-storage write upgrade 3000 "$1" >/dev/null || return
          echo ack >>storage-acks
          /opt/board/bin/board-storage read upgrade >storage-found || return
          [ "$(cat storage-found)" = "upgrade $1 3000" ] || echo "storage $1" >>lost
        }
        number=0
        while [ ! -e "$1-end" ]; do
          number=$((number + 1))
          "$1" "$number" 2>>errors || echo "$1 $?" >>failed
        done
        """;

    /// <summary>Starts clients, which go on until <see cref="EndAsync"/>.</summary>
    /// <param name="names">nv or storage.</param>
    public Task StartAsync(params string[] names) => board.RunAsync(
        $$"""
        mkdir -p /run/upgrade
        cat >/run/upgrade/client <<'EOF'
        {{Client}}
        EOF
        chmod +x /run/upgrade/client
        tpm2_nvreadpublic 0x1500016 >/dev/null 2>&1 || tpm2_nvdefine -s 8 0x1500016 >/dev/null
        for name in {{string.Join(' ', names)}}; do
          rm -f /run/upgrade/$name-end
          systemd-run -q --collect --unit=client-$name /run/upgrade/client $name
        done
        """);

    /// <summary>Each client ends its command; fails if one does not.</summary>
    public Task EndAsync(params string[] names) => board.RunAsync(
        $$"""
        for name in {{string.Join(' ', names)}}; do touch /run/upgrade/$name-end; done
        for name in {{string.Join(' ', names)}}; do
          {{Wait.ForSuccess("! systemctl is-active -q client-$name", "a client does not end")}} || exit
        done
        """);

    /// <summary>Replaces the file, as a package does: the running process keeps the old one.</summary>
    public Task PutAsync(string build) => board.RunAsync(Put(build));

    /// <summary>Replaces the file and reloads the unit.</summary>
    /// <returns>What has come of it, in words: succeeded, moved (the main process), serves (the build), goes on.</returns>
    public async Task<string> ReloadAsync(string build, params string[] clients) => (await board.RunAsync(
        $$"""
        old=$(systemctl show -P MainPID {{unit}})
        {{Put(build)}} || exit
        timeout 120 systemctl reload {{unit}} 2>/dev/null && echo succeeded
        new=$(systemctl show -P MainPID {{unit}})
        [ "$new" = "$old" ] || echo moved
        # The file of the process's memory, also when it has been replaced since.
        ! cmp -s "/proc/$new/exe" /opt/board/{{Builds}}/{{build}} || echo serves
        {{GoOn(300, clients)}}
        [ "$gone_on" = no ] || echo "goes on"
        """)).ReplaceLineEndings(" ").Trim();

    /// <summary>Whether each of these clients has another acknowledged write in time.</summary>
    public async Task<bool> GoesOnAsync(int seconds, params string[] clients) => (await board.TryRunAsync(
        $"{GoOn(seconds, clients)}\n[ $gone_on = yes ]")).Succeeded;

    /// <summary>Whether systemctl succeeds.</summary>
    public async Task<bool> ControlAsync(string verb, int seconds = 120) => (await board.TryRunAsync(
        string.Create(CultureInfo.InvariantCulture, $"timeout {seconds} systemctl {verb} {unit}"))).Succeeded;

    /// <summary>A property of the unit.</summary>
    public async Task<string> ShowAsync(string property) =>
        (await board.RunAsync($"systemctl show -P {property} {unit}")).Trim();

    /// <summary>Whether the main process is of this build.</summary>
    public async Task<bool> IsServedByAsync(string build) => (await board.TryRunAsync(
        $"cmp /proc/$(systemctl show -P MainPID {unit})/exe /opt/board/{Builds}/{build}")).Succeeded;

    /// <summary>What a build says of itself.</summary>
    public async Task<string> VersionAsync(string build) =>
        (await board.RunAsync($"/opt/board/{Builds}/{build} tee-supplicant --version")).Trim();

    /// <summary>What the unit's processes have logged.</summary>
    public Task<string> LogAsync() => board.RunAsync($"journalctl -b -u {unit} -o cat");

    /// <summary>How many commands failed and how many acknowledged writes were lost, with the first errors.</summary>
    public Task<string> DamageAsync() => board.RunAsync(
        """
        cd /run/upgrade
        echo "$(cat failed 2>/dev/null | wc -l) failed, $(cat lost 2>/dev/null | wc -l) lost $(head -n 3 errors | tr '\n' ';')"
        """);

    /// <summary>How many writes were acknowledged.</summary>
    public Task<string> CountAsync() => board.RunAsync("cd /run/upgrade; grep -c ack *-acks | tr '\n' ' '");

    private string Put(string build) =>
        $"cp /opt/board/{Builds}/{build} {program}.new && mv -T {program}.new {program}";

    private static string GoOn(int seconds, string[] clients) =>
        $$"""
        count() { cat /run/upgrade/$1-acks 2>/dev/null | wc -l; }
        gone_on=yes
        for client in {{string.Join(' ', clients)}}; do
          before=$(count $client)
          until=$((SECONDS + {{seconds.ToString(CultureInfo.InvariantCulture)}}))
          while [ $(count $client) = $before ]; do
            if [ $SECONDS -ge $until ]; then gone_on=no; break 2; fi
            sleep 0.1
          done
        done
        """;
}
