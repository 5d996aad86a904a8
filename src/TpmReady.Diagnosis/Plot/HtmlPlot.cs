// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Report;

namespace TpmReady.Diagnosis.Plot;

/// <summary>A plot as one HTML file: the picture and under it the findings. No script, nothing from the network.</summary>
public static class HtmlPlot
{
    private const string Page = """
        :root { color-scheme: light dark; }
        body { font: 14px/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 1300px; padding: 0 1rem; }
        h2 { font-size: 1rem; margin: 1.2rem 0 .2rem; } p { margin: .2rem 0; } pre { white-space: pre-wrap; margin: .3rem 0 0 1rem; font-size: 12px; }
        .fatal, .stall { color: #c53030; } .degraded { color: #b7791f; }
        @media (prefers-color-scheme: dark) { body { background: #16191d; color: #e6e6e6; } .fatal, .stall { color: #fc8181; } .degraded { color: #ecc94b; } }
        @media print { body { background: #fff; color: #000; } section { break-inside: avoid; } }
        """;

    /// <summary>Writes the page.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="plot">The plot.</param>
    /// <param name="title">The heading.</param>
    public static void Write(TextWriter writer, BootPlot plot, string title)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(plot);
        writer.WriteLine("<!DOCTYPE html>");
        writer.WriteLine("<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">");
        writer.WriteLine("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">");
        writer.WriteLine($"<title>{Markup.Escape(title)}</title><style>{Page}{SvgPlot.Style}</style></head><body>");
        SvgPlot.Write(writer, plot, title, withStyle: false);
        if (plot.Findings.Count == 0)
        {
            writer.WriteLine("<p>No problem with a TPM in this log.</p>");
        }

        foreach (Finding finding in plot.Findings.Select(entry => entry.Finding))
        {
            string severity = Wire.Of(finding.Severity);
            writer.WriteLine($"<section><h2><span class=\"{severity}\">{severity}</span>: {finding.Id}</h2>");
            writer.WriteLine($"<p>{Markup.Escape(finding.Cause)}</p><p><b>Change:</b> {Markup.Escape(finding.Remedy)}</p><pre>");
            foreach (Model.Signal line in finding.Evidence)
            {
                writer.WriteLine($"{line.Line}: {Markup.Escape(line.Text)}");
            }

            writer.WriteLine("</pre></section>");
        }

        writer.WriteLine("</body></html>");
    }
}
