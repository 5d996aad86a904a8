// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>The program answered with an error where success was needed to go on.</summary>
internal sealed class RefusedException(string what, Reply reply) : Exception($"{what}: {reply.Name}")
{
    /// <summary>The answer.</summary>
    public Reply Reply => reply;
}
