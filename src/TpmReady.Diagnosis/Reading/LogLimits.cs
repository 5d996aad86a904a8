// SPDX-License-Identifier: MIT

namespace TpmReady.Diagnosis.Reading;

/// <summary>Limits that keep the memory of a reader constant, whatever it is fed. All are ours.</summary>
public static class LogLimits
{
    /// <summary>Bytes read at once. Large enough that the cost per read vanishes, small enough for the L2 cache.</summary>
    public const int ChunkBytes = 256 * 1024;

    /// <summary>The longest line that is looked at, in bytes. A longer one is looked at in pieces of this size.</summary>
    public const int LineBytes = 64 * 1024;

    /// <summary>The longest value of a journal field that is kept, in bytes.</summary>
    public const int FieldBytes = 16 * 1024;

    /// <summary>
    /// Characters of a message that are looked at at once; a longer line is looked at in pieces. Longer than any message
    /// that matters, and short enough that a line of megabytes costs no more than many lines.
    /// </summary>
    public const int MessageCharacters = 4096;

    /// <summary>Characters of a line that are kept as evidence.</summary>
    public const int EvidenceCharacters = 400;

    /// <summary>Signals of one kind that are kept per boot; the rest is counted.</summary>
    public const int SignalsPerKind = 200;

    /// <summary>Units of which the times are kept per boot.</summary>
    public const int UnitsPerBoot = 4096;

    /// <summary>Spans of activity that are kept per boot.</summary>
    public const int SpansPerBoot = 16384;

    /// <summary>Boots of one set of files that are told apart; later ones count as the last.</summary>
    public const int Boots = 1000;
}
