// SPDX-License-Identifier: MIT

using TpmReady.Supplicant.Handover.Succession;

namespace TpmReady.Boot.TeeSupplicant;

/// <summary>A process that wants to be the successor.</summary>
internal sealed record Visitor(SuccessionChannel Channel, int Process);
