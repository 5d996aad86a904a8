// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

namespace TpmReady.Systemd.Tests;

/// <summary>What systemctl show prints, recorded from systemd 257.</summary>
public sealed class UnitStateTests
{
    [Test]
    public async Task Blocks_become_units_in_any_order_of_properties()
    {
        const string text =
            "Id=tee-supplicant@teepriv0.service\nLoadState=loaded\nActiveState=active\nSubState=running\n"
            + "UnitFileState=static\nStatusText=serving: 12 requests, a=b\nResult=success\n\n"
            + "Result=success\nId=nothing.service\nLoadState=not-found\nActiveState=inactive\nSubState=dead\n"
            + "UnitFileState=\n";
        IReadOnlyList<UnitState> units = UnitState.Parse(text);
        await Assert.That(units.Count).IsEqualTo(2);
        await Assert.That(units[0]).IsEqualTo(new UnitState(
            "tee-supplicant@teepriv0.service", "loaded", "active", "running", "static", "success",
            "serving: 12 requests, a=b"));
        await Assert.That((units[1].IsThere, units[1].HasFailed, units[1].Status)).IsEqualTo((false, false, ""));
    }

    [Test]
    [Arguments("")]
    [Arguments("\n\n\n")]
    [Arguments("no properties at all\n=x\n\n")]
    public async Task Anything_else_is_no_unit(string text) =>
        await Assert.That(UnitState.Parse(text).Any()).IsFalse();
}
