// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>
/// The kernel's hwrng thread asks the TPM for randomness whenever it likes (drivers/char/hw_random/core.c), so a
/// firmware TPM without its supplicant dies although nobody uses it; seen on the emulated board, seconds after.
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
                installation.Facts.Random.Alternative is { } other
                    ? $"Write {other} into /{RandomSource.Directory}/rng_current, or build the kernel without "
                        + "CONFIG_HW_RANDOM_TPM."
                    : "Build the kernel without CONFIG_HW_RANDOM_TPM.",
                [new Evidence(RandomSource.Directory + "/rng_current", source)]);
        }
    }
}
