// SPDX-License-Identifier: MIT

namespace TpmReady.Board.Tool.PowerCuts;

/// <summary>What the boot after a cut found.</summary>
/// <param name="Objects">The number of objects that had to be there.</param>
/// <param name="Lost">Those that are not there, or older than acknowledged; the TPM's counter too.</param>
/// <param name="Damaged">Those that cannot be read.</param>
/// <param name="Opens">Whether the file system was mounted and the store takes a new object.</param>
/// <param name="Words">What was wrong, for people.</param>
internal readonly record struct PowerCutCheck(int Objects, int Lost, int Damaged, bool Opens, string Words);
