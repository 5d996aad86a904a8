// SPDX-License-Identifier: MIT

using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace TpmReady.Readiness.Tests.Units;

/// <summary>For tests that run systemd in namespaces of its own.</summary>
internal sealed class ServiceManagerAttribute()
    : SkipAttribute("systemd cannot be run in namespaces here: that needs root, unshare and cgroup2")
{
    private static readonly bool Works = Try();

    public override Task<bool> ShouldSkip(TestRegisteredContext context) => Task.FromResult(!Works);

    private static bool Try()
    {
        if (!File.Exists(ServiceManager.Program) || !File.Exists("/usr/bin/unshare"))
        {
            return false;
        }

        const string script = "mount --make-rprivate / && mount -t tmpfs tmpfs /sys/fs/cgroup && "
            + "mount -t cgroup2 none /sys/fs/cgroup && test -e /sys/fs/cgroup/cgroup.procs";
        using Process process = Process.Start(new ProcessStartInfo(
            "/usr/bin/unshare", ["--pid", "--fork", "--mount", "--cgroup", "sh", "-c", script])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
