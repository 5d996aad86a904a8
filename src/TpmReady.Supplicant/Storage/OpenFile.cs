// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Storage;

/// <summary>A file in use: its descriptor stays open until it is given back to the table.</summary>
/// <param name="Index">The entry's number.</param>
/// <param name="Descriptor">The descriptor, or -1 if this process has not opened the file yet.</param>
internal readonly record struct OpenFile(int Index, int Descriptor);
