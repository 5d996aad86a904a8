// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.Threading.Tasks;

namespace TpmReady.Supplicant.Tests.Fake;

/// <summary>Waits for what other threads bring about.</summary>
internal static class Until
{
    /// <summary>Waits until the condition holds.</summary>
    /// <exception cref="TimeoutException">It does not hold after ten seconds.</exception>
    public static async Task True(Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(10))
            {
                throw new TimeoutException("The condition does not come true.");
            }

            await Task.Delay(2);
        }
    }
}
