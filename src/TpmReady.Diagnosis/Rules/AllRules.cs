// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Diagnosis.Findings;

namespace TpmReady.Diagnosis.Rules;

/// <summary>The rules, in the order in which their findings stand when they are equally bad: causes before effects.</summary>
internal static class AllRules
{
    /// <summary>One rule per id of the closed list.</summary>
    public static IReadOnlyList<IRule> List { get; } =
    [
        new OrderingCycleRule(),
        new Tpm12Rule(),
        new SwitchRootTpmIdentityRule(),
        new OpteeDriverMissingRule(),
        new ModuleMissingRule(),
        new ModuleMissingInInitrdRule(),
        new DriverProbeFailedRule(),
        new TaAbiMismatchRule(),
        new TaProvisioningRule(),
        new RpmbKeyMismatchRule(),
        new RpmbUnavailableRule(),
        new RpmbEmulatedRule(),
        new SupplicantOpenFailedRule(),
        new SupplicantExitedOnRevokedRequestRule(),
        new StaleInitrdSupplicantRule(),
        new SupplicantMissingRule(),
        new SwitchRootNotRequeuedRule(),
        new ShutdownOrderRule(),
        new StorageInconsistentRule(),
        new TaPanicRule(),
        new TaDeadRule(),
        new DriverNotLoadedRule(),
        new UdevTagMissingRule(),
        new ServiceRequiresAbsentDeviceRule(),
        new FirmwareProtocolTooOldRule(),
        new FirmwareClaimsTpmNoDriverRule(),
        new TpmOldSpecRule(),
        new TpmFirmwareBugRule(),
        new TpmSlowRule(),
        new InitrdFileMissingRule(),
        new UserspaceLibraryMissingRule(),
        new RaceServiceVsDeviceRule(),
        new NodeNeverAppearsRule(),
        new ServicesSkippedRule(),
        new ImaBeforeTpmRule(),
        new UnknownRule(),
    ];
}
