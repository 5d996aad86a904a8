// SPDX-License-Identifier: MIT

using System.IO;
using System.Threading.Tasks;

namespace TpmReady.Readiness.Tests.Units;

/// <summary>For tests that ask systemd itself.</summary>
internal sealed class SystemdAnalyzeAttribute()
    : SkipAttribute("systemd-analyze and systemd's units are not installed here")
{
    public const string Program = "/usr/bin/systemd-analyze";

    public override Task<bool> ShouldSkip(TestRegisteredContext context) =>
        Task.FromResult(!File.Exists(Program) || !File.Exists("/usr/lib/systemd/system/sysinit.target"));
}
