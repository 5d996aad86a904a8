// SPDX-License-Identifier: MIT

using System;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Conformance;

/// <summary>One row of the survival matrix: what is done to a supplicant, and what comes of it.</summary>
/// <param name="Row">The row's name: K kills or hangs, D loses or exposes data, S is an open door.</param>
/// <param name="What">What happens.</param>
/// <param name="C">The outcome with the C daemon; the test fails if it does better.</param>
/// <param name="Ours">The outcome with ours.</param>
/// <param name="Script">Plays it and says what came of it; a program that ends or hangs ends the script.</param>
internal sealed record Scenario(string Row, string What, string C, string Ours, Func<ScriptedWorld, string> Script)
{
    /// <summary>
    /// The outcome "it ends", however: the C daemon leaves main() while its other threads run, and what they touch then
    /// may be gone already.
    /// </summary>
    public const string Ends = "ends";

    /// <summary>Options that ours is given.</summary>
    public string[] Options { get; init; } = [];

    /// <summary>What is prepared before the program starts.</summary>
    public Action<ScriptedWorld> Prepare { get; init; } = static _ => { };

    /// <summary>The expected outcome.</summary>
    public string Expected(Daemon daemon) => daemon == Daemon.C ? C : Ours;

    /// <summary>Plays it.</summary>
    public string Play(Daemon daemon)
    {
        using ScriptedWorld world = new(daemon, Prepare, Options);
        try
        {
            return Script(world);
        }
        catch (ProgramGoneException gone)
        {
            bool isEnough = string.Equals(Expected(daemon), Ends, StringComparison.Ordinal);
            return isEnough && world.IsGone ? Ends : gone.Message;
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{Row} with {daemon}; it said: {world.Output}", exception);
        }
    }

    public override string ToString() => Row;
}
