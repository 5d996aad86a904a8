// SPDX-License-Identifier: MIT

using System;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Probing;

namespace TpmReady.Readiness.Waiting;

/// <summary>The machine as the gate sees it; tests put a scripted one here.</summary>
internal interface IGateMachine
{
    /// <summary>Time since the gate began.</summary>
    TimeSpan Elapsed { get; }

    /// <summary>Facts of this moment, with holders.</summary>
    MachineFacts ReadFacts();

    /// <summary>
    /// Asks the TPM in a process of its own when first called, and then tells what became of it; never asks twice.
    /// </summary>
    ProbeOutcome Ask();

    /// <summary>Waits a moment.</summary>
    void Pause();

    /// <summary>Says how things are, in one line.</summary>
    void Report(string status);
}
