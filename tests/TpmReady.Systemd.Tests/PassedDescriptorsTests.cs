// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

namespace TpmReady.Systemd.Tests;

/// <summary>How the variables of sd_listen_fds(3) are read.</summary>
public sealed class PassedDescriptorsTests
{
    private const int Me = 4711;

    [Test]
    public async Task Names_follow_the_descriptors()
    {
        string found = Read("4711", "2", "tee-device:tee-arena");
        await Assert.That(found).IsEqualTo("tee-device=3 tee-arena=4");
    }

    [Test]
    [Arguments("4712", "1", "a")]
    [Arguments(null, "1", "a")]
    [Arguments("4711", null, "a")]
    [Arguments("4711", "0", "")]
    [Arguments("4711", "-1", "a")]
    [Arguments("4711", "99999", "a")]
    [Arguments("4711", "x", "a")]
    public async Task What_is_meant_for_others_or_makes_no_sense_is_nothing(string? pid, string? count, string? names)
    {
        await Assert.That(Read(pid, count, names)).IsEqualTo("");
    }

    [Test]
    public async Task Without_names_the_descriptors_have_the_usual_one()
    {
        await Assert.That(Read("4711", "2", null)).IsEqualTo("unknown=3 unknown=4");
    }

    private static string Read(string? pid, string? count, string? names)
    {
        Dictionary<string, string?> variables = new(StringComparer.Ordinal)
        {
            ["LISTEN_PID"] = pid,
            ["LISTEN_FDS"] = count,
            ["LISTEN_FDNAMES"] = names,
        };
        return string.Join(
            ' ',
            PassedDescriptors.Read(variables.GetValueOrDefault, Me).Select(each => $"{each.Name}={each.Descriptor}"));
    }
}
