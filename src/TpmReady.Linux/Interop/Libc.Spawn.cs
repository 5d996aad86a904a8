// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Linux.Interop;

/// <summary>
/// Processes. A managed process cannot fork and go on, because the runtime's other threads do not follow.
/// The posix_spawn functions return an error number and leave errno alone.
/// </summary>
internal static unsafe partial class Libc
{
    /// <summary>The child becomes the leader of a new session (glibc 2.26).</summary>
    public const short POSIX_SPAWN_SETSID = 0x80;

    /// <summary>
    /// More than posix_spawnattr_t (336 bytes) and posix_spawn_file_actions_t (80) have in any glibc or musl.
    /// </summary>
    public const int SpawnObjectSize = 512;

    // include/uapi/linux/prctl.h.
    public const int PR_SET_NAME = 15;

    [LibraryImport(Library, EntryPoint = "posix_spawn")]
    public static partial int Spawn(
        int* process, byte* path, void* fileActions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_init")]
    public static partial int SpawnAttributesInitialize(void* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setflags")]
    public static partial int SpawnAttributesSetFlags(void* attributes, short flags);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_destroy")]
    public static partial int SpawnAttributesDestroy(void* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int SpawnFileActionsInitialize(void* fileActions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addopen")]
    public static partial int SpawnFileActionsOpen(void* fileActions, int descriptor, byte* path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int SpawnFileActionsDuplicate(void* fileActions, int descriptor, int newDescriptor);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int SpawnFileActionsDestroy(void* fileActions);

    [LibraryImport(Library, EntryPoint = "waitpid", SetLastError = true)]
    public static partial int Waitpid(int process, int* status, int options);

    /// <summary>Ends the process without running anything else in it.</summary>
    [LibraryImport(Library, EntryPoint = "_exit")]
    public static partial void ExitNow(int status);

    [LibraryImport(Library, EntryPoint = "prctl", SetLastError = true)]
    public static partial int Prctl(int option, byte* argument, nuint third, nuint fourth, nuint fifth);
}
