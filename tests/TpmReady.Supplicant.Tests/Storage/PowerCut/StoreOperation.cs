// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;

namespace TpmReady.Supplicant.Tests.Storage.PowerCut;

/// <summary>One operation on the store: what it does to a real one, and what it means.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Id">The object.</param>
/// <param name="Length">How many bytes are written; the length that is truncated to.</param>
/// <param name="Position">Where they are written.</param>
/// <param name="Seed">What the bytes are.</param>
/// <param name="Target">The new id.</param>
internal sealed record StoreOperation(
    StoreOperationKind Kind, string Id, int Length = 0, int Position = 0, int Seed = 0, string Target = "")
{
    private byte[] Content
    {
        get
        {
            byte[] content = new byte[Length];
            new Random(Seed).NextBytes(content);
            return content;
        }
    }

    /// <summary>Whether it can succeed on these objects.</summary>
    public bool IsPossible(SortedDictionary<string, byte[]> objects) => Kind switch
    {
        StoreOperationKind.Create => true,
        StoreOperationKind.Write => objects.TryGetValue(Id, out byte[]? content) && content.Length >= Position,
        StoreOperationKind.Truncate => objects.TryGetValue(Id, out byte[]? content) && content.Length > Length,
        StoreOperationKind.Rename => objects.ContainsKey(Id) && !string.Equals(Id, Target, StringComparison.Ordinal),
        _ => objects.ContainsKey(Id),
    };

    /// <summary>The objects afterwards.</summary>
    public SortedDictionary<string, byte[]> ApplyTo(SortedDictionary<string, byte[]> objects)
    {
        SortedDictionary<string, byte[]> result = new(objects, StringComparer.Ordinal);
        switch (Kind)
        {
            case StoreOperationKind.Create:
                result[Id] = Content;
                break;
            case StoreOperationKind.Write:
                byte[] longer = new byte[Math.Max(result[Id].Length, Position + Length)];
                result[Id].CopyTo(longer, 0);
                Content.CopyTo(longer, Position);
                result[Id] = longer;
                break;
            case StoreOperationKind.Truncate:
                result[Id] = result[Id][..Length];
                break;
            case StoreOperationKind.Rename:
                result[Target] = result[Id];
                result.Remove(Id);
                break;
            default:
                result.Remove(Id);
                break;
        }

        return result;
    }

    /// <summary>Asks a store for it.</summary>
    public void RunOn(SecureStore store)
    {
        switch (Kind)
        {
            case StoreOperationKind.Create:
                store.Create(Id, Content);
                break;
            case StoreOperationKind.Write:
                store.Write(Id, Position, Content);
                break;
            case StoreOperationKind.Truncate:
                store.Truncate(Id, Length);
                break;
            case StoreOperationKind.Rename:
                store.Rename(Id, Target);
                break;
            default:
                store.Remove(Id);
                break;
        }
    }
}
