// SPDX-License-Identifier: MIT

using System;
using System.IO;

namespace TpmReady.Cli.Terminal;

/// <summary>What the terminal can do, asked as systemd's tools ask: systemd docs/ENVIRONMENT.md, https://no-color.org.</summary>
internal static class TerminalStyle
{
    private const int Unknown = 80;

    /// <summary>Columns; without a terminal nothing is cut.</summary>
    public static int Width => Console.IsOutputRedirected ? int.MaxValue : ErrorWidth;

    /// <summary>Columns of the terminal, whether or not standard output goes there.</summary>
    public static int ErrorWidth
    {
        get
        {
            try
            {
                return Console.WindowWidth > 0 ? Console.WindowWidth : Unknown;
            }
            catch (IOException)
            {
                return Unknown;
            }
        }
    }

    /// <summary>Whether to use colours.</summary>
    public static bool Colour
    {
        get
        {
            string? systemd = Environment.GetEnvironmentVariable("SYSTEMD_COLORS");
            if (!string.IsNullOrEmpty(systemd))
            {
                return systemd is not ("0" or "no" or "false" or "off");
            }

            return string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && !Console.IsOutputRedirected &&
                Environment.GetEnvironmentVariable("TERM") is not "dumb";
        }
    }
}
