// SPDX-License-Identifier: MIT

using System.Globalization;
using System.Text;

namespace TpmReady.Supplicant.Server;

/// <summary>
/// Writes JSON whose names are ours and whose values are numbers and plain words: a general writer would be a tenth of
/// the executable.
/// </summary>
internal sealed class JsonText
{
    private readonly StringBuilder _text = new("{");
    private bool _isFirst = true;

    /// <summary>A number.</summary>
    public void Add(string name, long value)
    {
        Name(name);
        _text.Append(value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>A word that needs no escapes: letters, digits, and signs but quotes and backslashes.</summary>
    public void Add(string name, string word)
    {
        Name(name);
        _text.Append('"').Append(word).Append('"');
    }

    /// <summary>Begins an object.</summary>
    public void Begin(string name)
    {
        Name(name);
        _text.Append('{');
        _isFirst = true;
    }

    /// <summary>Ends an object.</summary>
    public void End()
    {
        _text.Append('}');
        _isFirst = false;
    }

    /// <summary>The whole text, with its last brace and a line's end.</summary>
    public override string ToString() => _text + "}\n";

    private void Name(string name)
    {
        _text.Append(_isFirst ? "" : ",").Append('"').Append(name).Append("\":");
        _isFirst = false;
    }
}
