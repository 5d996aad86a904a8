// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.Text;

namespace TpmReady.Readiness.Facts;

/// <summary>What EFI says of a TPM.</summary>
/// <param name="IsBooted">Whether the machine was booted by EFI.</param>
/// <param name="ActivePcrBanks">What the firmware's TCG2 protocol answered to systemd-boot or systemd-stub (258 and
/// newer), a bit mask; 0 is "no TPM"; null if nobody asked.</param>
/// <param name="IsStubMeasured">Whether systemd-stub measured something into a TPM.</param>
public sealed record EfiFacts(bool IsBooted, uint? ActivePcrBanks, bool IsStubMeasured)
{
    private const string Variables = "sys/firmware/efi/efivars";
    private const string Vendor = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";

    // Attributes, 4 bytes, stand before the value (efivarfs).
    private const int ValueOffset = 4;

    /// <summary>Nothing.</summary>
    public static EfiFacts None { get; } = new(false, null, false);

    /// <summary>Whether the firmware used a TPM.</summary>
    public bool ClaimsTpm => ActivePcrBanks is { } banks ? banks != 0 : IsStubMeasured;

    /// <summary>Reads them.</summary>
    public static EfiFacts Read(FactTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        return new EfiFacts(
            tree.Exists("sys/firmware/efi"),
            ParseBanks(ReadVariable(tree, "LoaderTpm2ActivePcrBanks")),
            ReadVariable(tree, "StubPcrKernelImage") is { Length: > 0 });
    }

    private static uint? ParseBanks(string? value) =>
        value is not null
        && uint.TryParse(
            value.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? value.AsSpan(2) : value,
            NumberStyles.HexNumber, CultureInfo.InvariantCulture, out uint banks)
            ? banks
            : null;

    /// <summary>systemd's variables hold UTF-16 text with a NUL at its end.</summary>
    private static string? ReadVariable(FactTree tree, string name) =>
        tree.ReadBytes($"{Variables}/{name}-{Vendor}", 256) is { Length: >= ValueOffset } bytes
            ? Encoding.Unicode.GetString(bytes, ValueOffset, bytes.Length - ValueOffset).TrimEnd('\0').Trim()
            : null;
}
