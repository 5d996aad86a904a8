// SPDX-License-Identifier: MIT

namespace TpmReady.Board.Tests.Reboots;

/// <summary>What runs in the guest of <see cref="RebootTests"/>.</summary>
internal static class RebootGuest
{
    /// <summary>
    /// The state that the last boot left, as lines of a name and a value. On the first boot it makes the state, and a unit
    /// that uses the TPM before sysinit.target in all later ones.
    /// </summary>
    /// <remarks>
    /// The NV index has an authorization value and is protected against dictionary attacks. Who uses such a one and then
    /// loses the power without TPM2_Shutdown finds the counter raised (TPM 2.0 Library, Part 1, "Dictionary attack
    /// protection"). So the counter is read first.
    /// </remarks>
    public const string Check =
        """
        set -u
        state=/var/lib/reboots
        echo "lockout $(($(tpm2_getcap properties-variable | awk '/TPM2_PT_LOCKOUT_COUNTER/ { print $2 }')))"
        echo "registers $(tpm2_pcrread sha256:0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16 | sha256sum | cut -c1-12)"
        if [ ! -e $state ]; then
          mkdir -p $state
          echo 0 >$state/tpm
          echo 0 >$state/storage
          tpm2_nvdefine -Q -s 8 -p soak -a 'authread|authwrite' 0x1500016
          printf '%08d' 0 >/run/nv
          tpm2_nvwrite -C 0x1500016 -P soak -i /run/nv 0x1500016
          /opt/board/bin/board-storage write reboots 3000 1 >/dev/null || exit
          echo 1 >$state/storage
          cat >/etc/systemd/system/first-consumer.service <<'UNIT'
        [Unit]
        Description=First consumer of the TPM
        DefaultDependencies=no
        Wants=tpm2.target
        After=tpm2.target
        Before=sysinit.target shutdown.target
        Conflicts=shutdown.target
        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/usr/bin/tpm2_readclock
        [Install]
        WantedBy=sysinit.target
        UNIT
          systemctl enable --quiet first-consumer.service
          sync
          exit
        fi

        # A command whose acknowledgement did not reach the file may have been done.
        between() { [ "$1" = "$2" ] || [ "$1" = $(($2 + 1)) ]; }
        written=$(tpm2_nvread -C 0x1500016 -P soak -s 8 0x1500016 | sed 's/^0*//')
        if between "$written" "$(cat $state/tpm)"; then echo nv ok; else echo "nv $written,acknowledged:$(cat $state/tpm)"; fi
        object=$(/opt/board/bin/board-storage read reboots 2>&1 | tr ' ' ,)
        sequence=$(echo "$object" | cut -d, -f2)
        if between "$sequence" "$(cat $state/storage)"; then echo storage ok
        else echo "storage $object,acknowledged:$(cat $state/storage)"; fi
        echo "failed $(cat $state/failed 2>/dev/null | wc -l)"
        rm -f $state/failed
        echo "consumer $(systemctl show -P Result first-consumer.service)"
        """;

    /// <summary>
    /// Two services of the ordinary kind, which systemd stops before the TPM's units. Both end after their command when
    /// they are asked to, for whoever serves, a client that is killed within a TPM command makes the TA panic, and one that
    /// is killed within a write to the RPMB takes the RPMB from everybody until the next reset: the kernel fails all its
    /// requests at once, and after ten OP-TEE gives the RPMB up (rpmb_dead, RPMB_MAX_RETRIES in core/tee/tee_rpmb_fs.c).
    /// </summary>
    public const string Load =
        """
        set -eu
        mkdir -p /run/reboots
        cat >/run/reboots/tpm <<'SCRIPT'
        trap 'end=1' TERM
        end= state=/var/lib/reboots
        number=$(cat $state/tpm)
        while [ -z "$end" ]; do
          number=$((number + 1))
          printf '%08d' $number >/run/reboots/nv
          if tpm2_nvwrite -C 0x1500016 -P soak -i /run/reboots/nv 0x1500016; then
            echo $number >$state/tpm
            touch /run/reboots/tpm-runs
          else
            echo "nvwrite $?" >>$state/failed
          fi
          tpm2_pcrextend 16:sha256=$(printf '%064d' $number) || echo "pcrextend $?" >>$state/failed
        done
        SCRIPT
        cat >/run/reboots/storage <<'SCRIPT'
        trap 'end=1' TERM
        end= state=/var/lib/reboots
        number=$(cat $state/storage)
        while [ -z "$end" ]; do
          number=$((number + 1))
          if /opt/board/bin/board-storage write reboots 3000 $number; then
            echo $number >$state/storage
            touch /run/reboots/storage-runs
          else
            echo "storage $?" >>$state/failed
          fi
        done
        SCRIPT
        systemd-run -q --unit=load-tpm -p KillMode=mixed -p TimeoutStopSec=50 bash /run/reboots/tpm
        systemd-run -q --unit=load-storage -p KillMode=mixed -p TimeoutStopSec=50 bash /run/reboots/storage
        for i in $(seq 600); do
          if [ -e /run/reboots/tpm-runs ] && [ -e /run/reboots/storage-runs ]; then exit; fi
          sleep 0.1
        done
        echo 'the load does not run'
        exit 1
        """;
}
