// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>What a parameter referred to when it was sent.</summary>
/// <param name="Memory">The object; null if the secure world has none of that id, or the parameter is a value.</param>
/// <param name="IsInside">Whether offset and size lie inside.</param>
/// <param name="IsBadName">Whether it must be the name of a file, and is none.</param>
internal readonly record struct FuzzReference(FuzzMemory? Memory, bool IsInside, bool IsBadName);
