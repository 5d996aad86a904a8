// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>Something went wrong.</summary>
/// <param name="Seed">The seed that shows it.</param>
/// <param name="Requests">How many of its requests are needed: the shortest prefix.</param>
/// <param name="What">What is wrong.</param>
/// <param name="Request">The last request.</param>
internal sealed record FuzzFailure(ulong Seed, long Requests, string What, string Request)
{
    public override string ToString() =>
        $"seed {Seed}, request {Requests}: {What}\nagain: bench/fuzz {Requests} {Seed}\n{Request}";
}
