// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;

namespace TpmReady.Readiness.Facts;

/// <summary>What ACPI says of a TPM.</summary>
/// <param name="HasTable">Whether the table TPM2 exists. Some firmware ships it without a TPM.</param>
/// <param name="StartMethod">How commands are started (TCG ACPI Specification, table 8); null if the table cannot be
/// read.</param>
/// <param name="HasDevice">Whether the namespace has a TPM 2.0 device (MSFT0101).</param>
/// <param name="IsDeviceOff">Whether that device says that it is not there (_STA is 0).</param>
/// <param name="Driver">The driver that is bound to it, or null.</param>
public sealed record AcpiFacts(bool HasTable, uint? StartMethod, bool HasDevice, bool IsDeviceOff, string? Driver)
{
    /// <summary>The hardware id of a TPM 2.0, without the instance.</summary>
    internal const string DeviceIdentifier = "MSFT0101";

    private const string Device = "sys/bus/acpi/devices/MSFT0101:00";

    // The header has 36 bytes, then platform class (2), reserved (2), control area (8), start method (4).
    private const int StartMethodOffset = 48;

    /// <summary>Nothing.</summary>
    public static AcpiFacts None { get; } = new(false, null, false, false, null);

    /// <summary>
    /// The module that drives what the table describes, or null if the table names no method that Linux knows
    /// (include/acpi/actbl3.h; tpm_crb.c and tpm_tis.c say which they take).
    /// </summary>
    public string? Module => StartMethod switch
    {
        6 => "tpm_tis",
        2 or 7 or 8 or 11 or 13 or 15 => "tpm_crb",
        _ => null,
    };

    /// <summary>Whether the TPM is a service of the secure world that is reached by FF-A, and may come late.</summary>
    public bool IsFirmwareFramework => StartMethod is 15;

    /// <summary>Reads them.</summary>
    public static AcpiFacts Read(FactTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        byte[]? table = tree.ReadBytes("sys/firmware/acpi/tables/TPM2", 256);
        bool hasDevice = tree.Exists(Device);
        return new AcpiFacts(
            table is not null || tree.Exists("sys/firmware/acpi/tables/TPM2"),
            table is { Length: >= StartMethodOffset + sizeof(uint) }
                ? BinaryPrimitives.ReadUInt32LittleEndian(table.AsSpan(StartMethodOffset))
                : null,
            hasDevice,
            hasDevice && tree.ReadText(Device + "/status") is "0",
            tree.LinkName(Device + "/physical_node/driver") ?? tree.LinkName(Device + "/driver"));
    }
}
