// SPDX-License-Identifier: MIT

namespace TpmReady.Readiness.Decisions;

/// <summary>The kinds of TPM that differ in what makes them work.</summary>
public enum TpmKind
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>Something claims one, and it is not known which.</summary>
    Unknown,

    /// <summary>In OP-TEE, announced on the TEE bus.</summary>
    FirmwareTeeBus,

    /// <summary>In OP-TEE, named by the device tree.</summary>
    FirmwarePlatform,

    /// <summary>In OP-TEE, announced only once a supplicant serves.</summary>
    FirmwareExpected,

    /// <summary>Emulated by a process behind tpm_vtpm_proxy.</summary>
    VirtualProxy,

    /// <summary>Command response buffer.</summary>
    CommandResponseBuffer,

    /// <summary>Command response buffer of a secure partition, reached by FF-A.</summary>
    CommandResponseBufferFirmwareFramework,

    /// <summary>TPM interface specification: memory mapped, SPI or I2C.</summary>
    InterfaceSpecification,

    /// <summary>Provided by a hypervisor or a paravisor.</summary>
    Hypervisor,

    /// <summary>A driver that needs nothing as far as we know.</summary>
    Other,
}
