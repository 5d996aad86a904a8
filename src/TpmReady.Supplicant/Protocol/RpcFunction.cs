// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Protocol;

/// <summary>The requests of the secure world: OPTEE_RPC_CMD_* in OP-TEE's core/include/optee_rpc_cmd.h.</summary>
public enum RpcFunction : uint
{
    /// <summary>Read a TA from the file system.</summary>
    LoadTrustedApplication = 0,

    /// <summary>Replay-protected memory block, the form that passes through the supplicant.</summary>
    Rpmb = 1,

    /// <summary>The normal world's file system (REE FS).</summary>
    FileSystem = 2,

    /// <summary>Allocate shared memory.</summary>
    SharedMemoryAllocate = 6,

    /// <summary>Free shared memory.</summary>
    SharedMemoryFree = 7,

    /// <summary>Profile of a TA.</summary>
    Gprof = 9,

    /// <summary>TCP and UDP sockets.</summary>
    Socket = 10,

    /// <summary>Function trace of a TA.</summary>
    Ftrace = 11,

    /// <summary>A plug-in of the supplicant.</summary>
    Plugin = 12,

    /// <summary>
    /// Start over with the kernel's RPMB devices. Not ours: "not supported" is what makes OP-TEE use
    /// <see cref="Rpmb"/> (tee_rpmb_init in core/tee/tee_rpmb_fs.c), and any other error fails its RPMB.
    /// </summary>
    RpmbProbeReset = 22,

    /// <summary>
    /// The next of the kernel's RPMB devices. Not ours: its answer goes into a buffer private to the kernel, which a
    /// supplicant cannot reach (rpmb_probe_next).
    /// </summary>
    RpmbProbeNext = 23,

    /// <summary>Frames for one of the kernel's RPMB devices. Not ours.</summary>
    RpmbFrames = 24,
}
