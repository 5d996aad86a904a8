// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>
/// The kernel's hwrng thread asks the TPM for randomness whenever it likes (drivers/char/hw_random/core.c), so a
/// firmware TPM without its supplicant dies although nobody uses it. With a quality of 0 the thread is not started.
/// </summary>
internal sealed class RandomSourceRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        if (installation is { IsForFirmwareTpm: true, Facts.Random: { IsTpm: true, Current: { } source } })
        {
            yield return new Problem(
                "kernel-random",
                Severity.Note,
                "The kernel draws randomness from the firmware TPM by itself: without a supplicant that alone can kill "
                + "it.",
                "Put rng_core.default_quality=0 on the kernel command line, or build it without CONFIG_HW_RANDOM_TPM.",
                [new Evidence(RandomSource.Directory + "/rng_current", source)]);
        }
    }
}
