// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>What a supplicant could do wrong, planted to see that the fuzzer finds it.</summary>
internal enum FuzzDefect
{
    /// <summary>A byte before the buffer is written.</summary>
    WritesBefore,

    /// <summary>A byte behind the buffer is written.</summary>
    WritesBehind,

    /// <summary>A buffer that is input is written.</summary>
    WritesInput,

    /// <summary>A byte of memory that the request has nothing to do with is written.</summary>
    WritesElsewhere,

    /// <summary>A closed file stays open.</summary>
    LeaksHandle,

    /// <summary>A descriptor is not closed.</summary>
    LeaksDescriptor,

    /// <summary>Memory stays pinned.</summary>
    LeaksPin,

    /// <summary>Managed memory is allocated.</summary>
    Allocates,

    /// <summary>An exception leaves a service.</summary>
    Throws,

    /// <summary>A handle that is not open is taken.</summary>
    TakesStaleHandle,

    /// <summary>A file is made beside the store.</summary>
    Escapes,

    /// <summary>An input is changed.</summary>
    ChangesInput,

    /// <summary>A result that means nothing here.</summary>
    AnswersNonsense,

    /// <summary>A socket of a killed client stays open.</summary>
    ForgetsToUndo,

    /// <summary>One request is answered twice.</summary>
    AnswersTwice,

    /// <summary>One request is never answered.</summary>
    Hangs,
}
