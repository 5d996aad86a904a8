// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using TpmReady.Systemd;

namespace TpmReady.Readiness.Decisions;

/// <summary>What the administrator said about waiting, on the kernel command line.</summary>
/// <param name="Mode">What <c>tpmready.wait=</c> asks for.</param>
/// <param name="Limit">How long to wait at most; null is the default of each part.</param>
/// <param name="SystemdWait"><c>systemd.tpm2_wait=</c>: yes, no or not said.</param>
/// <param name="Mistake">What cannot be understood, or null.</param>
public sealed record WaitSettings(WaitMode Mode, TimeSpan? Limit, bool? SystemdWait, string? Mistake)
{
    /// <summary>The word of ours.</summary>
    public const string Name = "tpmready.wait";

    /// <summary>systemd's word (systemd-tpm2-generator(8)).</summary>
    public const string SystemdName = "systemd.tpm2_wait";

    /// <summary>Nothing was said.</summary>
    public static WaitSettings Default { get; } = new(WaitMode.Automatic, null, null, null);

    /// <summary>
    /// Reads the settings. <c>tpmready.wait=</c> takes yes, no, auto, or a number of seconds with or without an s,
    /// which says yes and bounds the wait. What cannot be understood counts as not said.
    /// </summary>
    public static WaitSettings From(KernelCommandLine line)
    {
        ArgumentNullException.ThrowIfNull(line);
        WaitSettings settings = Default with { SystemdWait = line.GetSwitch(SystemdName) };
        if (!line.TryGet(Name, out string? value) || value is "auto")
        {
            return settings;
        }

        // A bare 1 or 0 is a switch, as everywhere in systemd.
        switch (value is null ? true : KernelCommandLine.ParseSwitch(value))
        {
            case true:
                return settings with { Mode = WaitMode.Expected };
            case false:
                return settings with { Mode = WaitMode.Off };
            default:
                ReadOnlySpan<char> number = value.AsSpan().TrimEnd('s');
                return uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out uint seconds)
                    && seconds is > 0 and <= 86400
                    ? settings with { Mode = WaitMode.Expected, Limit = TimeSpan.FromSeconds(seconds) }
                    : settings with { Mistake = $"{Name}={value} is neither yes, no, auto nor a number of seconds" };
        }
    }
}
