// SPDX-License-Identifier: MIT

namespace TpmReady.Diagnosis.Reading;

/// <summary>Who wrote a line.</summary>
public enum LogSource
{
    /// <summary>Not known, or nobody special: a shell, a service, a person.</summary>
    Other,

    /// <summary>The Linux kernel.</summary>
    Kernel,

    /// <summary>systemd's first process, in the journal or as a status line on the console.</summary>
    Manager,

    /// <summary>A program with a name and a process id.</summary>
    Program,

    /// <summary>OP-TEE: its core, its loader or a TA.</summary>
    SecureWorld,

    /// <summary>Text outside a log: the words of a person who reports.</summary>
    Prose,
}
