// SPDX-License-Identifier: MIT

using System.Threading.Tasks;

namespace TpmReady.Boot.Tests.Processes;

/// <summary>For tests that preload a library into the executable.</summary>
internal sealed class NativeOnlyAttribute()
    : SkipAttribute("run ./publish first: only the native executable can be preloaded")
{
    public override Task<bool> ShouldSkip(TestRegisteredContext context) => Task.FromResult(!BootProgram.IsNative);
}
