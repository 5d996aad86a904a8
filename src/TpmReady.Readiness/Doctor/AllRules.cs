// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Doctor.Rules;

namespace TpmReady.Readiness.Doctor;

/// <summary>The rules, causes before effects: in this order equally bad problems are told.</summary>
internal static class AllRules
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<IRule> List { get; } =
    [
        new DriverMissingRule(),
        new SupplicantUnitMissingRule(),
        new UnitMaskedRule(),
        new ProgramMissingRule(),
        new GeneratorMissingRule(),
        new SupplicantNotStartedRule(),
        new TwoSupplicantsRule(),
        new DeviceRuleMissingRule(),
        new StorageVolatileRule(),
        new StorageReadOnlyRule(),
        new StoreElsewhereRule(),
        new StorageLoopRule(),
        new StorageMissingRule(),
        new StorageAccessRule(),
        new ApplicationMissingRule(),
        new InitrdIncompleteRule(),
        new WaitSettingRule(),
        new UnitFailedRule(),
        new TpmNotReadyRule(),
        new NodeAccessRule(),
        new PluginAccessRule(),
        new GroupMissingRule(),
        new TargetMissingRule(),
        new DescriptorStoreRule(),
        new RandomSourceRule(),
        new LogLevelRule(),
    ];
}
