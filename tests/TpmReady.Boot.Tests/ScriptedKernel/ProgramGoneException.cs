// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>The program ended, or does not answer. The message is the outcome.</summary>
internal sealed class ProgramGoneException(string outcome) : Exception(outcome);
