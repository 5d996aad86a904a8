// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.Tests.Fake;

/// <summary>A device does not behave as the supplicant relies on.</summary>
public sealed class ContractException : Exception
{
    public ContractException()
    {
    }

    public ContractException(string message)
        : base(message)
    {
    }

    public ContractException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
