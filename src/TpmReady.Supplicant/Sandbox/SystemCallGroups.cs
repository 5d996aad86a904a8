// SPDX-License-Identifier: MIT

using System;
using static TpmReady.Supplicant.Sandbox.SystemCalls;

namespace TpmReady.Supplicant.Sandbox;

/// <summary>
/// The system calls that each part of the supplicant makes. Calls whose arguments matter are not here but in
/// <see cref="SystemCallPolicy"/>.
/// </summary>
internal static class SystemCallGroups
{
    /// <summary>
    /// The runtime, libc, the channel to the device, shared memory, TAs, the log and the service manager.
    /// </summary>
    public static ReadOnlySpan<int> Always =>
    [
        // Requests, in the order of their number.
        Futex, Openat, Close, Statx, Pread64, Fadvise64, Read, Write, Fcntl, Sendto, Sendmsg, Munmap, Madvise, Fallocate, Mincore,
        Lseek, Getdents64, Open, Fstat, Newfstatat, Readlinkat, Ppoll, Poll, Dup3, Mlock2, Munlock, Mlock,

        // libc's memory and threads, and the collector.
        Brk, Mremap, Exit, ExitGroup, SetRobustList, Rseq, RtSigaction, RtSigprocmask, RtSigreturn, Sigaltstack,
        SchedYield, SchedGetaffinity, SchedGetparam, SchedGetscheduler, Membarrier, GetMempolicy, Getcpu,
        RestartSyscall, Getrandom, Sysinfo, Uname, Getrusage, Getrlimit,

        // Clocks and identities.
        ClockGettime, ClockGetres, ClockNanosleep, Nanosleep, Gettimeofday, Time,
        Gettid, Getpid, Getppid, Getuid, Geteuid, Getgid, Getegid,
    ];

    /// <summary>Storage, profiles and reports: files are created, replaced and made durable.</summary>
    public static ReadOnlySpan<int> FileWriting =>
    [
        Openat2, Pwrite64, Ftruncate, Fdatasync, Fsync, Unlinkat, Renameat, Renameat2, Rename, Mkdirat,
        Linkat, Fchmod, Flock, Statfs, Fstatfs, SyncFileRange, CopyFileRange, Readv, Writev, Preadv, Pwritev, Utimensat,
    ];

    /// <summary>Connections and name resolution by libc.</summary>
    public static ReadOnlySpan<int> Network =>
    [
        Connect, Bind, Recvfrom, Recvmsg, Sendmmsg, Recvmmsg, Shutdown, Getsockopt, Setsockopt, Getsockname,
        Getpeername, EpollCreate1, EpollCtl, EpollWait, EpollPwait, Eventfd2, Pipe2, Stat, Lstat, Access, Faccessat,
        Faccessat2, Readlink, Pselect6, Select, Writev, Readv,
    ];

    /// <summary>RPMB partitions: they are found in sysfs, and locked.</summary>
    public static ReadOnlySpan<int> Rpmb => [Flock, Readlink, Stat, Lstat, Access, Faccessat];

    /// <summary>C code of unknown needs, but for what only attacks and administration need.</summary>
    public static ReadOnlySpan<int> Plugins =>
    [
        Socket, Socketpair, Listen, Accept4, Ioctl, Prctl, Dup, Getcwd, TimerfdCreate, TimerfdSettime, TimerfdGettime,
        RtSigtimedwait, MemfdCreate, CloseRange, SchedSetaffinity, Waitid, Wait4,
    ];

    /// <summary>
    /// Letting a successor in, and taking descriptors from a predecessor. The successor is started by the service
    /// manager, so nothing here starts programs.
    /// </summary>
    public static ReadOnlySpan<int> Succession => [Accept4, Getsockopt, Recvmsg, Pipe2];

    /// <summary>A runtime that compiles code.</summary>
    public static ReadOnlySpan<int> JustInTime =>
    [
        Mmap, Mprotect, MemfdCreate, Stat, Lstat, Access, Readlink, Faccessat, SchedSetaffinity, Getcwd, Eventfd2,
        SchedSetscheduler, SchedGetPriorityMax, SchedGetPriorityMin,
    ];
}
