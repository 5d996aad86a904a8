// SPDX-License-Identifier: MIT

using System;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Reading;

namespace TpmReady.Diagnosis.Recognition;

/// <summary>Kernel modules that could not be found. Texts: kmod tools/{modprobe,depmod}.c, systemd module-util.c, dracut.</summary>
internal static class ModuleSignals
{
    /// <summary>Looks at a line.</summary>
    public static bool Recognize(in LogRecord record, SignalWriter writer)
    {
        ReadOnlySpan<char> message = record.Message;
        ReadOnlySpan<char> name = default;
        if (message.After("modprobe: FATAL: Module ", out ReadOnlySpan<char> rest) || message.After("FATAL: Module ", out rest) ||
            message.After("modprobe: ERROR: could not insert '", out rest) ||
            message.After("Failed to find module '", out rest) || message.After("modprobe: module ", out rest))
        {
            name = rest.UpTo(" '");
        }
        else if (record.Lower.Has(".ko") && record.Lower.HasAny("no such file", "not found", "not exist", "missing"))
        {
            int end = message.IndexOf(".ko", StringComparison.OrdinalIgnoreCase);
            int start = message[..end].LastIndexOfAny("/ '\"=");
            name = message[(start + 1)..end];
        }

        // "tee:<uuid>" and "of:N…" are aliases that udev tries for every device; a miss is normal.
        bool about = name.MentionsAny("tpm", "optee") && !name.Contains(':');
        if (about)
        {
            writer.Add(record, SignalKind.ModuleMissing, name);
        }

        return about;
    }
}
