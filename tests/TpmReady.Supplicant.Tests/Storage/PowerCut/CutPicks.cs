// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;

namespace TpmReady.Supplicant.Tests.Storage.PowerCut;

/// <summary>
/// What a power cut leaves, as numbers: a version for each choice, then 1 or 0 for each change of a name.
/// </summary>
internal static class CutPicks
{
    /// <summary>All of one kind, but one: where order matters, one of these is mostly enough to see it.</summary>
    public static IEnumerable<int[]> Extremes(List<FileChoice> choices, int names)
    {
        int count = choices.Count + names;
        int[] most = [.. choices.Select(choice => choice.Events.Length - 1), .. Enumerable.Repeat(1, names)];
        for (int odd = -1; odd < count; odd++)
        {
            int[] none = new int[count];
            int[] all = [.. most];
            if (odd >= 0)
            {
                none[odd] = most[odd];
                all[odd] = 0;
            }

            yield return none;
            yield return all;
        }
    }

    /// <summary>Any of them.</summary>
    public static int[] AtRandom(Random random, List<FileChoice> choices, int names)
    {
        // Not only halves: mostly old and mostly new states are as likely.
        double bias = random.NextDouble();
        int[] pick = new int[choices.Count + names];
        for (int index = 0; index < pick.Length; index++)
        {
            int most = index < choices.Count ? choices[index].Events.Length - 1 : 1;
            pick[index] = random.NextDouble() < bias ? most : random.Next(most + 1);
        }

        return pick;
    }

    /// <summary>Counts on.</summary>
    /// <returns>False after the last one.</returns>
    public static bool Next(List<FileChoice> choices, int[] pick)
    {
        for (int index = 0; index < pick.Length; index++)
        {
            int count = index < choices.Count ? choices[index].Events.Length : 2;
            if (++pick[index] < count)
            {
                return true;
            }

            pick[index] = 0;
        }

        return false;
    }
}
