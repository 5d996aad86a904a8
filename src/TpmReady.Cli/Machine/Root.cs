// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using TpmReady.Cli.Commands;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Inspection;
using TpmReady.Readiness.Waiting;
using TpmReady.Systemd;

namespace TpmReady.Cli.Machine;

/// <summary>The root that a command is about: the running machine's, or a directory that holds another.</summary>
internal sealed class Root : IDisposable
{
    private readonly IGateMachine _machine;

    private Root(string directory)
    {
        IsElsewhere = Path.GetFullPath(directory) is not "/";
        Tree = new FactTree(directory);
        _machine = IsElsewhere
            ? new TreeMachine(Tree)
            : new LiveMachine(directory, WaitCommand.Asking, FactScope.WholeDeviceTree, static _ => { });
    }

    /// <summary>Its files.</summary>
    public FactTree Tree { get; }

    /// <summary>
    /// Whether it is not the running machine's: then nothing is asked, no TPM and no service manager.
    /// </summary>
    public bool IsElsewhere { get; }

    /// <summary>The option that names it.</summary>
    public static Option<string> Option() => new("--root")
    {
        Description = "Look at the system in this directory, an image for example, and not at the running one.",
        HelpName = "DIR",
        DefaultValueFactory = static _ => "/",
    };

    /// <summary>Opens it; says why not.</summary>
    public static Root? Open(string directory)
    {
        if (Directory.Exists(directory))
        {
            return new Root(directory);
        }

        Console.Error.WriteLine($"tpmready: --root {directory}: there is no such directory.");
        return null;
    }

    /// <summary>One look; the TPM of the running machine is asked if it may be.</summary>
    public Look Look() => Readiness.Inspection.Look.At(_machine, mayAsk: !IsElsewhere);

    /// <summary>The facts alone; no TPM is asked.</summary>
    public MachineFacts ReadFacts() => _machine.ReadFacts();

    /// <summary>What the service manager says of units; null where none is asked or answers.</summary>
    public IReadOnlyList<UnitState>? Show(IEnumerable<string> names) =>
        IsElsewhere ? null : ServiceManager.Show(names);

    /// <inheritdoc/>
    public void Dispose()
    {
        (_machine as IDisposable)?.Dispose();
        Tree.Dispose();
    }
}
