// SPDX-License-Identifier: MIT

using System.Text;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Rpmb;
using TpmReady.Supplicant.Rpmb.Emulation;

namespace TpmReady.Boot.TeeSupplicant;

/// <summary>Looks at what the options say about the RPMB, without creating or opening anything for good.</summary>
internal static unsafe class RpmbCheck
{
    /// <summary>Prints a line.</summary>
    /// <returns>Whether the RPMB can be served so, now or later.</returns>
    public static bool Run(RpmbOptions? options, IFileOperations files)
    {
        if (options is null)
        {
            return true;
        }

        return options.EmulationPath is string path ? LookAtFile(path, files) : LookForCard(options, files);
    }

    private static bool LookForCard(RpmbOptions options, IFileOperations files)
    {
        CardDirectory directory = new(files);
        switch (directory.Find(options.Card, 0, out int host))
        {
            case CardSearch.Found when directory.Read(host, out _) == Tpm.TeeResult.Success:
                Say($"good: RPMB in /dev/mmcblk{host}rpmb");
                return true;
            case CardSearch.Several:
                Say("problem: several eMMCs have an RPMB, and none is used: name one with --rpmb-cid");
                return false;
            default:
                Say("note: no eMMC with the wanted RPMB now; it matters only if OP-TEE stores in one");
                return true;
        }
    }

    private static bool LookAtFile(string path, IFileOperations files)
    {
        int descriptor;
        fixed (byte* bytes = Encoding.UTF8.GetBytes(path + '\0'))
        {
            descriptor = files.Open(Libc.AT_FDCWD, bytes, Libc.O_RDONLY | Libc.O_NONBLOCK | Libc.O_CLOEXEC, 0);
        }

        if (descriptor == -Errno.ENOENT)
        {
            Say($"note: RPMB emulated in {path}, which does not exist yet; it is created empty");
            return true;
        }

        FileStatus status = default;
        int error = descriptor < 0 ? descriptor : files.GetStatus(descriptor, out status);
        if (descriptor >= 0)
        {
            files.Close(descriptor);
        }

        bool isGood = error >= 0 && status.IsRegular && status.Size == EmulationLayout.FileSize;
        Say(
            error < 0 ? $"problem: RPMB emulated in {path}: {Errno.Name(-error)}"
            : isGood ? $"note: RPMB emulated in {path}: it protects nothing from who can write this file"
            : $"problem: RPMB emulated in {path}: this is no file of an emulated RPMB");
        return isGood;
    }

    private static void Say(string line) => StandardOutput.Write(line + "\n");
}
