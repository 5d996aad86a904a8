// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;

namespace TpmReady.Readiness.Doctor;

/// <summary>
/// What <c>/etc/default/tee-supplicant</c> asks of the supplicant: words of OPTARGS, and variables of its own. Only the
/// options that rules look at.
/// </summary>
internal sealed class SupplicantSettings
{
    private static readonly string[] Letters = ["-l", "ta-path", "-t", "ta-dir", "-p", "plugin-path"];
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Reads them from the file's text; the command line wins, as in the supplicant.</summary>
    public static SupplicantSettings Parse(string text)
    {
        SupplicantSettings settings = new();
        string words = "";
        foreach (string row in text.Split('\n'))
        {
            string line = row.Trim();
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? "" : line[..equals];
            string value = equals < 0 ? "" : line[(equals + 1)..].Trim('"', '\'');
            const string prefix = "TEE_SUPPLICANT_";
            if (name is "OPTARGS")
            {
                words = value;
            }
            else if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                settings._values[name[prefix.Length..].ToLowerInvariant().Replace('_', '-')] = value;
            }
        }

        settings.TakeWords(words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return settings;
    }

    /// <summary>An option's value by its long name; null if it is not given.</summary>
    public string? Find(string name) => _values.GetValueOrDefault(name);

    private void TakeWords(string[] words)
    {
        for (int i = 0; i < words.Length; i++)
        {
            int letter = Array.IndexOf(Letters, words[i]);
            int equals = words[i].IndexOf('=', StringComparison.Ordinal);
            if (words[i].StartsWith("--", StringComparison.Ordinal))
            {
                string name = equals < 0 ? words[i][2..] : words[i][2..equals];
                bool hasNext = equals < 0 && i + 1 < words.Length && words[i + 1][0] is not '-';
                _values[name] = equals >= 0 ? words[i][(equals + 1)..] : hasNext ? words[i + 1] : "";
            }
            else if (letter >= 0 && letter % 2 == 0 && i + 1 < words.Length)
            {
                _values[Letters[letter + 1]] = words[i + 1];
            }
        }
    }
}
