// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Channel;

/// <summary>The shape of a received request.</summary>
/// <param name="Count">All parameters, those of the transport included: what SEND must repeat.</param>
/// <param name="TransportCount">The leading parameters that belong to the transport.</param>
/// <param name="IsMalformed">A transport parameter stands after one that is not.</param>
internal readonly record struct RpcFrame(int Count, int TransportCount, bool IsMalformed);
