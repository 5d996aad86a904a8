// SPDX-License-Identifier: MIT

using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;

namespace TpmReady.Supplicant.Sandbox;

/// <summary>
/// Confines this process to what the supplicant needs, for good: whoever takes it over by a request then has little
/// more than the secure world's own files. What a kernel does not offer is left out, and said.
/// </summary>
internal sealed unsafe class Cage(SandboxOptions options, IFileOperations files)
{
    private readonly StringBuilder _kept = new();
    private readonly StringBuilder _missing = new();

    /// <summary>Gives up root's privileges. Call it first of all: threads that exist already keep theirs.</summary>
    /// <param name="storagePath">The storage directory; root goes on reaching it if it is another user's.</param>
    public void DropCapabilities(string? storagePath)
    {
        if (!options.DropsCapabilities)
        {
            Miss("capabilities are kept");
            return;
        }

        bool keeps = storagePath is not null && BelongsToOther(storagePath);
        int error = CapabilityDrop.Apply(keeps);
        if (error != Errno.Success)
        {
            Miss($"capabilities: {Errno.Name(error)}");
        }
        else
        {
            Keep(keeps ? "no capability but CAP_DAC_OVERRIDE (the store is another user's)" : "no capabilities");
        }
    }

    /// <summary>Puts files and system calls out of reach: on the main thread, before others serve requests.</summary>
    public void Close(SandboxScope scope)
    {
        CloseFiles(scope);
        CloseSystemCalls(scope);
    }

    /// <summary>What is in force, in a sentence for the log.</summary>
    public override string ToString() =>
        (_kept.Length > 0 ? $"Caged: {_kept}." : "Not caged.") + (_missing.Length > 0 ? $" Missing: {_missing}." : "");

    /// <summary>Whether everything that was wanted is in force.</summary>
    public bool IsComplete => _missing.Length == 0;

    /// <summary>Puts a filter in force.</summary>
    /// <returns>0, or an error number.</returns>
    internal static int Filter(SandboxScope scope, uint otherwise, uint flags)
    {
        SystemCallPolicy policy = new(scope, RuntimeInformation.ProcessArchitecture, Libc.GetProcessId());
        ReadOnlySpan<FilterInstruction> filter = policy.Build(otherwise);
        fixed (FilterInstruction* instructions = filter)
        {
            Libc.FilterProgram program = new() { Length = (ushort)filter.Length, Instructions = instructions };
            _ = Libc.Prctl(Libc.PR_SET_NO_NEW_PRIVS, (byte*)1, 0, 0, 0);
            int result = Libc.Seccomp(Libc.SECCOMP_SET_MODE_FILTER, flags, &program);
            return result < 0 ? Libc.LastError : result > 0 ? Errno.EBUSY : Errno.Success;
        }
    }

    private void CloseFiles(SandboxScope scope)
    {
        int level = options.UsesLandlock ? LandlockRuleset.Level() : 0;
        if (level == 0)
        {
            Miss(options.UsesLandlock ? "Landlock: this kernel has none" : "Landlock is switched off");
            return;
        }

        int error = new LandlockRuleset(files).Apply(level, scope);
        if (error != Errno.Success)
        {
            Miss($"Landlock: {Errno.Name(error)}");
        }
        else if (scope.IsOpenForPlugins)
        {
            Miss("Landlock leaves files open to plug-ins (name what they need with --allow-path)");
        }
        else
        {
            Keep($"files by Landlock {level}");
        }
    }

    private void CloseSystemCalls(SandboxScope scope)
    {
        if (options.Seccomp == SeccompMode.Off || !SystemCallPolicy.Knows(RuntimeInformation.ProcessArchitecture))
        {
            Miss(options.Seccomp == SeccompMode.Off ? "seccomp is switched off" : "seccomp: unknown architecture");
            return;
        }

        uint otherwise = options.Seccomp == SeccompMode.Kill
            ? FilterBuilder.KillProcess
            : FilterBuilder.Fail(Errno.EPERM);
        const uint flags = Libc.SECCOMP_FILTER_FLAG_TSYNC | Libc.SECCOMP_FILTER_FLAG_LOG;
        SandboxScope complete = scope with { CompilesCode = RuntimeFeature.IsDynamicCodeCompiled };
        int error = Filter(complete, otherwise, flags);
        if (error == Errno.EINVAL)
        {
            // The flag for the audit log came later than the other (Linux 4.14).
            error = Filter(complete, otherwise, Libc.SECCOMP_FILTER_FLAG_TSYNC);
        }

        if (error == Errno.Success)
        {
            Keep(options.Seccomp == SeccompMode.Kill ? "system calls by seccomp (kill)" : "system calls by seccomp");
        }
        else
        {
            Miss($"seccomp: {Errno.Name(error)}");
        }
    }

    private bool BelongsToOther(string path)
    {
        int descriptor;
        fixed (byte* text = Encoding.UTF8.GetBytes(path + '\0'))
        {
            descriptor = files.Open(Libc.AT_FDCWD, text, Libc.O_PATH | Libc.O_CLOEXEC, 0);
        }

        if (descriptor < 0)
        {
            return false;
        }

        bool isOthers = files.GetStatus(descriptor, out FileStatus status) >= 0
            && status.Owner != Libc.GetEffectiveUserId();
        files.Close(descriptor);
        return isOthers;
    }

    private void Keep(string what) => Append(_kept, what);

    private void Miss(string what) => Append(_missing, what);

    private static void Append(StringBuilder text, string what) =>
        text.Append(text.Length > 0 ? ", " : "").Append(what);
}
