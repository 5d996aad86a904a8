// SPDX-License-Identifier: MIT

namespace TpmReady.Board.Guest;

/// <summary>The frames of board/agent/PROTOCOL.md, version 1.</summary>
internal enum FrameType : byte
{
    Run = 1,
    Signal = 2,
    Put = 3,
    RunWithStdin = 4,
    Stdin = 5,
    Hello = 6,
    Ready = 16,
    Out = 17,
    Exit = 18,
    Error = 19,
}
