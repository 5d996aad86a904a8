// SPDX-License-Identifier: MIT

namespace TpmReady.Board.Disks;

/// <summary>The commands that <see cref="VolatileDisk"/> knows: "Transmission phase" of NBD's doc/proto.md.</summary>
internal enum NbdCommand
{
    Read = 0,
    Write = 1,
    Disconnect = 2,
    Flush = 3,
}
