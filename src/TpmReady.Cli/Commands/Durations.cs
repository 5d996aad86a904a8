// SPDX-License-Identifier: MIT

using System;
using System.Globalization;

namespace TpmReady.Cli.Commands;

/// <summary>Times as people write them on a command line.</summary>
internal static class Durations
{
    /// <summary>Seconds of "2s", "500ms", "1min", "2" (seconds); null for anything else.</summary>
    /// <param name="text">The text.</param>
    public static double? Parse(string text)
    {
        (string Unit, double Seconds)[] units = [("ms", 1e-3), ("min", 60), ("s", 1), ("", 1)];
        foreach ((string unit, double seconds) in units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal) &&
                double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value))
            {
                return value * seconds;
            }
        }

        return null;
    }
}
