# SPDX-License-Identifier: MIT
# What measurements on the board share; measure_on_board of bench/figures.sh puts it in front of them.
# shellcheck shell=bash

# Where the board's supplicants store.
store=/var/lib/optee-client/data/tee

# make_disk FLUSH_MS: a disk in memory for the store, so that little but the flushes costs time. A target with three
# devices delays reads, writes and flushes each on their own:
# https://docs.kernel.org/admin-guide/device-mapper/delay.html
make_disk() {
  modprobe loop
  modprobe dm-delay
  truncate -s 128M /run/bench-disk
  loop=$(losetup --find --show /run/bench-disk)
  dmsetup create bench --table "0 $(blockdev --getsz "$loop") delay $loop 0 0 $loop 0 0 $loop 0 $1"
  dmsetup mknodes
  mkfs.ext4 -q /dev/mapper/bench
  mkdir -p "$store"
  mount /dev/mapper/bench "$store"
}

now_us() { local now=${EPOCHREALTIME/[.,]/}; echo "$now"; }

# Flush requests completed, the 16th number: https://docs.kernel.org/block/stat.html
flushes() { awk '{ print $16 }' "/sys/block/${loop##*/}/stat"; }

# User and system time in clock ticks; the name in parentheses has no spaces here: proc_pid_stat(5).
user_ticks() { awk '{ print $14 }' "/proc/$pid/stat"; }
system_ticks() { awk '{ print $15 }' "/proc/$pid/stat"; }
ticks() { awk '{ print $14 + $15 }' "/proc/$pid/stat"; }

dirty() { awk '/^Private_Dirty:/ { print $2 }' "/proc/$pid/smaps_rollup"; }

# start_supplicant c|ours [OPTION…]: it serves when this returns; its process is $pid.
start_supplicant() {
  /opt/board/supplicant "$@" >/dev/null 2>&1 &
  sleep 2
  pid=$(pgrep -x tee-supplicant)
}

stop_supplicant() {
  kill -TERM "$pid"
  wait || true
}

# dsync_latency: synchronous writes to the disk, the delay as it really is.
dsync_latency() {
  local from before_flushes
  from=$(now_us) before_flushes=$(flushes)
  dd if=/dev/zero of="$store/latency" bs=4096 count=20 oflag=dsync conv=notrunc status=none
  echo "disk dsync_us $((($(now_us) - from) / 20))"
  echo "disk dsync_flushes $((($(flushes) - before_flushes) / 20))"
}
