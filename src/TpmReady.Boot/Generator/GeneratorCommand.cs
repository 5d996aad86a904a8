// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Generation;

namespace TpmReady.Boot.Generator;

/// <summary>The role tpmready-generator: a generator of systemd (systemd.generator(7)).</summary>
internal static class GeneratorCommand
{
    /// <summary>The role's name.</summary>
    public const string Name = "tpmready-generator";

    private const int Failure = 1;

    /// <summary>Runs the role.</summary>
    /// <param name="arguments">Normal, early and late directory, or one directory for all three.</param>
    /// <returns>The exit status.</returns>
    public static int Run(IReadOnlyList<string> arguments)
    {
        if (arguments.Count is not (1 or 3) || arguments[0].StartsWith('-'))
        {
            StandardOutput.WriteError($"Usage: {Name} NORMAL-DIR [EARLY-DIR LATE-DIR]\n\nRun by systemd.\n");
            return arguments is ["-h" or "--help"] ? 0 : Failure;
        }

        // For tests and images: another directory stands for the root. Messages then go to standard error.
        string root = Environment.GetEnvironmentVariable("TPMREADY_ROOT") ?? "/";
        KernelMessages messages = new(Name, root is "/");
        using FactTree tree = new(root);
        GeneratorOutput output = Readiness.Generation.Generator.Run(tree, Environment.GetEnvironmentVariable);
        foreach (string message in output.Messages)
        {
            messages.Write(message);
        }

        string early = arguments[arguments.Count == 1 ? 0 : 1];
        string? error = new GeneratorWriter(arguments[0], early, arguments[^1]).Write(output);
        if (error is not null)
        {
            messages.Write("Cannot write " + error);
            return Failure;
        }

        return 0;
    }
}
