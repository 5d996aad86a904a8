// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.TrustedApplications;

/// <summary>A TA's file between the two calls that load it.</summary>
/// <param name="Uuid">The TA.</param>
/// <param name="Descriptor">The open file.</param>
/// <param name="Length">Its length in bytes when it was opened.</param>
internal readonly record struct OpenedApplication(Guid Uuid, int Descriptor, long Length);
