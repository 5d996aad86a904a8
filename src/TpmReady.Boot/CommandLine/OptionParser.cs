// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;

namespace TpmReady.Boot.CommandLine;

/// <summary>
/// Takes a command line apart as GNU getopt_long does, so that scripts written for C programs go on working: operands
/// anywhere, letters together, long names shortened as far as they stay unique, <c>--</c> to end options.
/// </summary>
internal sealed class OptionParser
{
    private readonly IReadOnlyList<OptionDefinition> _definitions;
    private readonly List<ParsedOption> _options = [];
    private readonly List<string> _operands = [];
    private readonly IReadOnlyList<string> _words;
    private int _next;
    private string? _error;

    private OptionParser(IReadOnlyList<OptionDefinition> definitions, IReadOnlyList<string> words)
    {
        _definitions = definitions;
        _words = words;
    }

    /// <summary>Takes the words after the program's name apart. Stops at the first mistake.</summary>
    /// <param name="definitions">The options that there are.</param>
    /// <param name="words">The words.</param>
    /// <param name="operandsEndOptions">Whether the first operand ends the options, as with POSIXLY_CORRECT in the
    /// environment.</param>
    public static ParsedCommandLine Parse(
        IReadOnlyList<OptionDefinition> definitions, IReadOnlyList<string> words, bool operandsEndOptions)
    {
        OptionParser parser = new(definitions, words);
        parser.Run(operandsEndOptions);
        return new ParsedCommandLine(parser._options, parser._operands, parser._error);
    }

    private void Run(bool operandsEndOptions)
    {
        bool onlyOperands = false;
        while (_next < _words.Count && _error is null)
        {
            string word = _words[_next++];
            if (onlyOperands || word.Length < 2 || word[0] != '-')
            {
                _operands.Add(word);
                onlyOperands |= operandsEndOptions;
            }
            else if (word is "--")
            {
                onlyOperands = true;
            }
            else if (word[1] == '-')
            {
                TakeLong(word[2..]);
            }
            else
            {
                TakeLetters(word[1..]);
            }
        }
    }

    private void TakeLetters(string letters)
    {
        for (int i = 0; i < letters.Length && _error is null; i++)
        {
            char letter = letters[i];
            OptionDefinition? definition =
                _definitions.FirstOrDefault(option => option.ShortName == letter && letter != '\0');
            if (definition is null)
            {
                _error = $"invalid option -- '{letter}'";
            }
            else if (definition.Argument is null)
            {
                _options.Add(new ParsedOption(definition, ""));
            }
            else
            {
                string rest = letters[(i + 1)..];
                AddWithArgument(
                    definition, rest.Length > 0 ? rest : null, $"option requires an argument -- '{letter}'");
                return;
            }
        }
    }

    private void TakeLong(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? word : word[..equals];
        string? value = equals < 0 ? null : word[(equals + 1)..];
        OptionDefinition? definition = Find(name, word);
        if (definition is null)
        {
            return;
        }

        if (definition.IsArgumentOptional)
        {
            _options.Add(new ParsedOption(definition, value ?? ""));
        }
        else if (definition.Argument is not null)
        {
            AddWithArgument(definition, value, $"option '--{definition.LongName}' requires an argument");
        }
        else if (value is not null)
        {
            _error = $"option '--{definition.LongName}' doesn't allow an argument";
        }
        else
        {
            _options.Add(new ParsedOption(definition, ""));
        }
    }

    private void AddWithArgument(OptionDefinition definition, string? value, string error)
    {
        if (value is null && _next == _words.Count)
        {
            _error = error;
            return;
        }

        _options.Add(new ParsedOption(definition, value ?? _words[_next++]));
    }

    private OptionDefinition? Find(string name, string word)
    {
        OptionDefinition[] candidates =
            [.. _definitions.Where(option => option.LongName.StartsWith(name, StringComparison.Ordinal))];
        OptionDefinition? exact = candidates.FirstOrDefault(option =>
            string.Equals(option.LongName, name, StringComparison.Ordinal));
        if (exact is not null || candidates.Length == 1)
        {
            return exact ?? candidates[0];
        }

        _error = candidates.Length == 0
            ? $"unrecognized option '--{word}'"
            : $"option '--{word}' is ambiguous; possibilities: "
                + string.Join(' ', candidates.Select(static option => $"'--{option.LongName}'"));
        return null;
    }
}
