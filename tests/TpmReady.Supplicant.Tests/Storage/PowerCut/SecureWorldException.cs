// SPDX-License-Identifier: MIT

using System;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Storage.PowerCut;

/// <summary>An operation of the secure world ended with this result.</summary>
internal sealed class SecureWorldException(TeeResult result) : Exception($"the secure world failed with {result}")
{
    public TeeResult Result { get; } = result;

    /// <summary>Throws unless the result is success.</summary>
    public static void Check(TeeResult result)
    {
        if (result != TeeResult.Success)
        {
            throw new SecureWorldException(result);
        }
    }
}
