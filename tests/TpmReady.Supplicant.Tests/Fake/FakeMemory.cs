// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.Tests.Fake;

/// <summary>A shared-memory object of the fake kernel: a tee_shm.</summary>
internal sealed unsafe class FakeMemory
{
    /// <summary>The id.</summary>
    public required int Id { get; init; }

    /// <summary>The length in bytes.</summary>
    public required nuint Length { get; init; }

    /// <summary>
    /// Where the kernel sees it: the supplicant's own address, or the kernel's mapping of what it allocated.
    /// </summary>
    public required nint Address { get; init; }

    /// <summary>The descriptor that the supplicant got.</summary>
    public required int Descriptor { get; init; }

    /// <summary>Whether user space still has its descriptor.</summary>
    public bool HasUserReference { get; set; } = true;

    /// <summary>How often the secure world refers to it.</summary>
    public int SecureReferences { get; set; }

    /// <summary>The bytes as the secure world sees them.</summary>
    /// <exception cref="InvalidOperationException">The supplicant unmapped them.</exception>
    public Span<byte> Bytes
    {
        get
        {
            byte residency;
            nuint page = (nuint)Environment.SystemPageSize;
            for (nuint offset = 0; offset < Length; offset += page)
            {
                if (TestLibc.Mincore(Address + (nint)offset, page, &residency) != 0)
                {
                    throw new InvalidOperationException($"Shared memory {Id} was unmapped.");
                }
            }

            return new Span<byte>((void*)Address, (int)Length);
        }
    }
}
