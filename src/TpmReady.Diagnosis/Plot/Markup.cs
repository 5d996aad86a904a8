// SPDX-License-Identifier: MIT

using System.Globalization;
using System.Text;
using System.Xml;

namespace TpmReady.Diagnosis.Plot;

/// <summary>Text and numbers as XML and HTML take them.</summary>
internal static class Markup
{
    /// <summary>Makes a text harmless, as content and between quotes.</summary>
    /// <param name="text">The text.</param>
    public static string Escape(string text)
    {
        StringBuilder escaped = new(text.Length + 16);
        foreach (char letter in text)
        {
            _ = letter switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '"' => escaped.Append("&quot;"),
                '\'' => escaped.Append("&#39;"),
                _ => escaped.Append(XmlConvert.IsXmlChar(letter) ? letter : '\uFFFD'),
            };
        }

        return escaped.ToString();
    }

    /// <summary>A coordinate with one digit after the point.</summary>
    /// <param name="value">The coordinate.</param>
    public static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
