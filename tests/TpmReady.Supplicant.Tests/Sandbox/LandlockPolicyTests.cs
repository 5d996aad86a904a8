// SPDX-License-Identifier: MIT

using System.Linq;
using System.Threading.Tasks;
using TpmReady.Supplicant.Sandbox;

namespace TpmReady.Supplicant.Tests.Sandbox;

/// <summary>What is asked of Landlock, by the level of the kernel's ABI and by what is switched on.</summary>
public sealed class LandlockPolicyTests
{
    private static readonly SandboxScope Scope = new() { StoragePath = "/store" };

    [Test]
    [Arguments(1, 0x1fffUL, 0UL, 0UL)]
    [Arguments(2, 0x3fffUL, 0UL, 0UL)]
    [Arguments(3, 0x7fffUL, 0UL, 0UL)]
    [Arguments(4, 0x7fffUL, 3UL, 0UL)]
    [Arguments(5, 0xffffUL, 3UL, 0UL)]
    [Arguments(6, 0xffffUL, 3UL, 3UL)]
    [Arguments(99, 0xffffUL, 3UL, 3UL)]
    public async Task A_level_is_asked_for_what_it_knows(int level, ulong files, ulong network, ulong scope)
    {
        await Assert.That(LandlockPolicy.FilesAt(level, Scope)).IsEqualTo(files);
        await Assert.That(LandlockPolicy.NetworkAt(level, Scope)).IsEqualTo(network);
        await Assert.That(LandlockPolicy.ScopeAt(level, Scope)).IsEqualTo(scope);
    }

    [Test]
    public async Task Features_open_what_they_need()
    {
        SandboxScope sockets = Scope with { HasSockets = true };
        SandboxScope plugins = Scope with { HasPlugins = true };
        SandboxScope confined = plugins with { AllowedPaths = ["/dev/port"] };

        await Assert.That(LandlockPolicy.NetworkAt(8, sockets)).IsEqualTo(1UL).Because("connections stay possible");
        await Assert.That(LandlockPolicy.FilesAt(8, plugins)).IsEqualTo(0UL);
        await Assert.That(LandlockPolicy.FilesAt(8, confined)).IsEqualTo(0xffffUL);
        await Assert.That(LandlockPolicy.NetworkAt(8, confined)).IsEqualTo(0UL);
        await Assert.That(LandlockPolicy.ScopeAt(8, Scope with { UsesAbstractSocket = true })).IsEqualTo(2UL);
        await Assert.That(Paths(confined)).Contains("/dev/port");
        await Assert.That(Paths(sockets)).Contains("/etc");
        await Assert.That(Paths(Scope)).DoesNotContain("/etc");
        await Assert.That(Paths(Scope with { StoragePath = null })).DoesNotContain("/store");
    }

    [Test]
    public async Task Only_storage_profiles_reports_and_named_paths_can_be_written()
    {
        SandboxScope scope = Scope with
        {
            TrustedApplicationPaths = ["/ta"],
            ProfilePath = "/profiles",
            ReportDirectory = "/report",
            HasSockets = true,
            HasRpmb = true,
            DevicePaths = ["/dev/mmcblk0rpmb"],
        };
        string[] written = [.. LandlockPolicy.Rules(scope)
            .Where(static rule => (rule.Access & (LandlockPolicy.WriteFile | LandlockPolicy.MakeFile)) != 0)
            .Select(static rule => rule.Path)];
        await Assert.That(written).IsEquivalentTo(
            ["/dev/null", "/store", "/profiles", "/report", "/dev/mmcblk0rpmb"]);
    }

    private static string[] Paths(SandboxScope scope) =>
        [.. LandlockPolicy.Rules(scope).Select(static rule => rule.Path)];
}
