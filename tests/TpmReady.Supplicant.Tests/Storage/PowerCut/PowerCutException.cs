// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.Tests.Storage.PowerCut;

/// <summary>A power cut leaves something that must not be.</summary>
internal sealed class PowerCutException(string message) : Exception(message);
