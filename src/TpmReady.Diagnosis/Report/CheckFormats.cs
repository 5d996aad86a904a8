// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Xml;

namespace TpmReady.Diagnosis.Report;

/// <summary>Results of a check as CI systems take them.</summary>
public static class CheckFormats
{
    /// <summary>JUnit XML: one suite, one test case per condition.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="log">Name of the log.</param>
    /// <param name="results">The results.</param>
    public static void JUnit(Stream stream, string log, IReadOnlyList<CheckResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        XmlWriterSettings settings = new()
        {
            Indent = true,
            Encoding = new UTF8Encoding(false),
            CheckCharacters = false,
        };
        using XmlWriter xml = XmlWriter.Create(stream, settings);
        xml.WriteStartElement("testsuites");
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", "tpmready check");
        xml.WriteAttributeString("tests", results.Count.ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("failures", results.Count(result => result.Failure is not null).ToString(CultureInfo.InvariantCulture));
        foreach (CheckResult result in results)
        {
            xml.WriteStartElement("testcase");
            xml.WriteAttributeString("classname", Printable(log));
            xml.WriteAttributeString("name", result.Name);
            if (result.Failure is not null)
            {
                xml.WriteStartElement("failure");
                xml.WriteAttributeString("message", Printable(result.Failure));
                if (result.Evidence is { } line)
                {
                    xml.WriteString(Printable(string.Create(CultureInfo.InvariantCulture, $"{log}:{line.Line}: {line.Text}")));
                }

                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    /// <summary>
    /// Workflow commands of GitHub Actions: one error per condition that does not hold. Escapes: actions/toolkit,
    /// packages/core/src/command.ts.
    /// </summary>
    /// <param name="writer">Where to.</param>
    /// <param name="log">Name of the log.</param>
    /// <param name="results">The results.</param>
    public static void GitHub(TextWriter writer, string log, IReadOnlyList<CheckResult> results)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(results);
        foreach (CheckResult result in results.Where(result => result.Failure is not null))
        {
            string line = result.Evidence is { } evidence
                ? string.Create(CultureInfo.InvariantCulture, $",line={evidence.Line}")
                : "";
            writer.WriteLine($"::error file={Property(log)}{line},title={Property("tpmready: " + result.Name)}::{Data(result.Failure!)}");
        }
    }

    private static string Data(string text) =>
        text.Replace("%", "%25", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal)
            .Replace("\n", "%0A", StringComparison.Ordinal);

    private static string Property(string text) =>
        Data(text).Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);

    /// <summary>XML 1.0 knows no control characters, however they are written.</summary>
    private static string Printable(string text) =>
        string.Concat(text.Select(letter => XmlConvert.IsXmlChar(letter) ? letter : '\uFFFD'));
}
