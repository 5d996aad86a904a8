// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.Text;

namespace TpmReady.Systemd;

/// <summary>Names of units (systemd.unit(5), "String Escaping for Inclusion in Unit Names").</summary>
public static class UnitName
{
    private const string Plain = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:_.";

    /// <summary>The name of a template's instance.</summary>
    /// <param name="template">The template, with its <c>@</c>.</param>
    /// <param name="instance">The instance, not escaped.</param>
    public static string Instance(string template, string instance)
    {
        ArgumentNullException.ThrowIfNull(template);
        int at = template.IndexOf('@', StringComparison.Ordinal);
        return template[..(at + 1)] + Escape(instance) + template[(at + 1)..];
    }

    /// <summary>Escapes a text as <c>systemd-escape</c> does: slashes become dashes, what is not plain \xHH.</summary>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        StringBuilder escaped = new();
        foreach (byte value in Encoding.UTF8.GetBytes(text))
        {
            char c = (char)value;
            if (c is '/')
            {
                escaped.Append('-');
            }
            else if (Plain.Contains(c, StringComparison.Ordinal) && !(c is '.' && escaped.Length == 0))
            {
                escaped.Append(c);
            }
            else
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
            }
        }

        return escaped.ToString();
    }
}
