// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Text;

namespace TpmReady.Systemd;

/// <summary>
/// The kernel's command line as systemd reads it (kernel-command-line(7)): words with quotes, <c>-</c> and <c>_</c>
/// alike in names, <c>rd.</c> in front of a name counts in the initrd only, and the last word wins.
/// </summary>
public sealed class KernelCommandLine
{
    private const string InitrdPrefix = "rd.";
    private readonly List<KeyValuePair<string, string?>> _words = [];

    private KernelCommandLine()
    {
    }

    /// <summary>Takes a command line apart; null is an empty one.</summary>
    /// <param name="text">The content of <c>/proc/cmdline</c>.</param>
    /// <param name="isInitrd">Whether words with <c>rd.</c> count.</param>
    public static KernelCommandLine Parse(string? text, bool isInitrd)
    {
        KernelCommandLine line = new();
        foreach (string word in Split(text ?? ""))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? word : word[..equals];
            if (name.StartsWith(InitrdPrefix, StringComparison.Ordinal))
            {
                if (!isInitrd)
                {
                    continue;
                }

                name = name[InitrdPrefix.Length..];
            }

            line._words.Add(new KeyValuePair<string, string?>(name, equals < 0 ? null : word[(equals + 1)..]));
        }

        return line;
    }

    /// <summary>Whether a word of this name stands there, without the prefix <c>rd.</c>.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The last one's value; null if it stands alone.</param>
    public bool TryGet(string name, out string? value)
    {
        ArgumentNullException.ThrowIfNull(name);
        value = null;
        bool found = false;
        foreach (KeyValuePair<string, string?> word in _words)
        {
            if (IsSameName(word.Key, name))
            {
                value = word.Value;
                found = true;
            }
        }

        return found;
    }

    /// <summary>All values of a name that may stand there several times, in order; a word alone has none.</summary>
    public IReadOnlyList<string> GetAll(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        List<string> values = [];
        foreach (KeyValuePair<string, string?> word in _words)
        {
            if (word.Value is not null && IsSameName(word.Key, name))
            {
                values.Add(word.Value);
            }
        }

        return values;
    }

    /// <summary>A switch: null if it is not there or says neither yes nor no; a word alone is yes.</summary>
    public bool? GetSwitch(string name) =>
        !TryGet(name, out string? value) ? null : value is null ? true : ParseSwitch(value);

    /// <summary>What systemd takes for yes and no (parse_boolean in its parse-util.c); else null.</summary>
    public static bool? ParseSwitch(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (string yes in (ReadOnlySpan<string>)["1", "yes", "y", "true", "t", "on"])
        {
            if (string.Equals(text, yes, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        foreach (string no in (ReadOnlySpan<string>)["0", "no", "n", "false", "f", "off"])
        {
            if (string.Equals(text, no, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return null;
    }

    private static bool IsSameName(string left, string right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (int i = 0; i < left.Length; i++)
        {
            char a = left[i] is '-' ? '_' : left[i];
            char b = right[i] is '-' ? '_' : right[i];
            if (a != b)
            {
                return false;
            }
        }

        return true;
    }

    private static List<string> Split(string text)
    {
        List<string> words = [];
        StringBuilder word = new();
        char quote = '\0';
        bool started = false;
        foreach (char c in text)
        {
            if (quote != '\0' ? c == quote : c is '"' or '\'')
            {
                quote = quote == '\0' ? c : '\0';
                started = true;
            }
            else if (quote == '\0' && char.IsWhiteSpace(c))
            {
                Take();
            }
            else
            {
                word.Append(c);
                started = true;
            }
        }

        Take();
        return words;

        void Take()
        {
            if (started)
            {
                words.Add(word.ToString());
            }

            word.Clear();
            started = false;
        }
    }
}
