// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Tests.Fake;

/// <summary>
/// Something that makes the secure world ask. On a board: a client that opens a session with a TA that does not exist,
/// which asks for LOAD_TA with two parameters.
/// </summary>
internal interface IRequester
{
    /// <summary>
    /// Makes the secure world send a request with at least one parameter. Does not wait for its answer.
    /// </summary>
    /// <returns>What <see cref="Kill"/> and <see cref="WaitForEnd"/> want.</returns>
    int Begin();

    /// <summary>Kills the client that waits for the answer.</summary>
    void Kill(int request);

    /// <summary>Waits until the client heard of its request's end.</summary>
    void WaitForEnd(int request);
}
