// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Supplicant.Sockets;

namespace TpmReady.Boot.TeeSupplicant;

/// <summary>The network that TAs get.</summary>
/// <param name="Rules">Where they may connect to; none means everywhere.</param>
/// <param name="Limits">How much of it.</param>
/// <param name="IsStrict">Whether the end of a TCP stream is reported as GlobalPlatform has it.</param>
internal sealed record SocketOptions(IReadOnlyList<SocketRule> Rules, SocketLimits Limits, bool IsStrict);
