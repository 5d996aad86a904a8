// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics.CodeAnalysis;

namespace TpmReady.Supplicant.Tests.Fake;

/// <summary>A first-in-first-out queue of bounded size that allocates nothing after it was made.</summary>
internal sealed class RequestQueue(int capacity)
{
    private readonly FakeRequest?[] _ring = new FakeRequest?[capacity];
    private int _head;
    private int _count;

    /// <summary>The oldest request.</summary>
    public bool TryPeek([NotNullWhen(true)] out FakeRequest? request)
    {
        request = _count > 0 ? _ring[_head] : null;
        return request is not null;
    }

    public bool TryTake([NotNullWhen(true)] out FakeRequest? request)
    {
        if (!TryPeek(out request))
        {
            return false;
        }

        _ring[_head] = null;
        _head = (_head + 1) % capacity;
        _count--;
        return true;
    }

    public void Add(FakeRequest request)
    {
        if (_count == capacity)
        {
            throw new InvalidOperationException("The queue is full.");
        }

        _ring[(_head + _count++) % capacity] = request;
    }

    public void Remove(FakeRequest request)
    {
        int kept = 0;
        for (int i = 0; i < _count; i++)
        {
            FakeRequest? each = _ring[(_head + i) % capacity];
            if (!ReferenceEquals(each, request))
            {
                _ring[(_head + kept++) % capacity] = each;
            }
        }

        _ring[(_head + kept) % capacity] = kept < _count ? null : _ring[(_head + kept) % capacity];
        _count = kept;
    }
}
