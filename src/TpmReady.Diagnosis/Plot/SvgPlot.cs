// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.IO;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Report;

namespace TpmReady.Diagnosis.Plot;

/// <summary>Draws a plot as SVG that needs nothing else: no script, no font, no network. The log line of a bar is its tooltip.</summary>
public static class SvgPlot
{
    private const double Width = 1280;
    private const double Labels = 300;
    private const double RowHeight = 18;
    private const double LaneHead = 26;
    private const double AxisHeight = 34;
    private const double MarkerHeight = 20;
    private const double Narrowest = 2;
    private const int LabelCharacters = 44;

    /// <summary>The styles, for light and dark screens and for paper.</summary>
    public const string Style = """
        svg { font: 12px system-ui, sans-serif; background: #fff; max-width: 100%; height: auto; }
        .ink { fill: #1a1a1a; } .faint { fill: #666; } .grid { stroke: #ddd; } .lane { fill: #f3f5f8; } .lane.odd { fill: #e9edf3; }
        .bar { fill: #9aa7b8; } .bar.tpm { fill: #2b6cb0; } .bar.wait { fill: #d69e2e; } .bar.bad { fill: #c53030; }
        .bar.open { fill-opacity: .45; } .bar:hover { stroke: #000; stroke-width: 1.5; }
        .chain { fill: none; stroke: #2b6cb0; stroke-width: 1.2; stroke-dasharray: 3 2; }
        .name.tpm { font-weight: 600; } .mark { stroke: #c53030; stroke-width: 1.5; } .mark.note { stroke: #888; }
        .marked { fill: #c53030; font-weight: 600; } .marked.note { fill: #666; font-weight: 400; }
        @media (prefers-color-scheme: dark) {
          svg { background: #16191d; } .ink { fill: #e6e6e6; } .faint { fill: #9aa0a6; } .grid { stroke: #333a42; }
          .lane { fill: #1d2229; } .lane.odd { fill: #232932; } .bar { fill: #5b6877; } .bar.tpm { fill: #63b3ed; }
          .bar.wait { fill: #ecc94b; } .bar.bad { fill: #fc8181; } .bar:hover { stroke: #fff; } .chain { stroke: #63b3ed; }
          .mark { stroke: #fc8181; } .marked { fill: #fc8181; }
        }
        @media print {
          svg { background: #fff; } .ink { fill: #000; } .faint { fill: #444; } .lane { fill: #f6f6f6; } .lane.odd { fill: #ececec; }
          .bar { fill: #999; } .bar.tpm { fill: #1f4e79; } .bar.wait { fill: #b7791f; } .bar.bad { fill: #9b1c1c; }
          .bar, .lane { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
        }
        """;

    /// <summary>Draws.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="plot">The plot.</param>
    /// <param name="title">The heading.</param>
    /// <param name="withStyle">Whether to put the styles in, as a file of its own needs it.</param>
    public static void Write(TextWriter writer, BootPlot plot, string title, bool withStyle)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(plot);
        int marks = plot.Findings.Count(entry => entry.At is not null);
        double head = 40 + (marks * MarkerHeight) + AxisHeight;
        double height = head + plot.Lanes.Sum(LaneSize) + 50;
        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width:0} {height:0}\" width=\"{Width:0}\" height=\"{height:0}\" role=\"img\">"));
        writer.WriteLine($"<title>{Markup.Escape(title)}</title>");
        if (withStyle)
        {
            writer.WriteLine($"<style>{Style}</style>");
        }

        writer.WriteLine($"<text class=\"ink\" x=\"12\" y=\"24\" font-size=\"16\" font-weight=\"600\">{Markup.Escape(title)}</text>");
        Lanes(writer, plot, head);
        Axis(writer, plot, head, height - 50);
        Marks(writer, plot, height - 50);
        Legend(writer, height - 22);
        writer.WriteLine("</svg>");
    }

    private static double LaneSize(PlotLane lane) => LaneHead + (Math.Max(lane.Rows.Count, 1) * RowHeight);

    private static double X(BootPlot plot, double seconds) => Labels + (seconds / plot.Seconds * (Width - Labels - 20));

    private static void Lanes(TextWriter writer, BootPlot plot, double top)
    {
        double y = top;
        for (int index = 0; index < plot.Lanes.Count; index++)
        {
            PlotLane lane = plot.Lanes[index];
            double size = LaneSize(lane);
            string odd = index % 2 == 1 ? " odd" : "";
            writer.WriteLine($"<rect class=\"lane{odd}\" x=\"0\" y=\"{Markup.Number(y)}\" width=\"{Width:0}\" height=\"{Markup.Number(size)}\"/>");
            string length = Wire.Seconds(lane.End - lane.Start);
            string left = lane.Left > 0 ? string.Create(CultureInfo.InvariantCulture, $", {lane.Left} short units not shown") : "";
            writer.WriteLine(
                $"<text class=\"ink\" x=\"12\" y=\"{Markup.Number(y + 17)}\" font-weight=\"600\" data-lane=\"{lane.Name}\">{lane.Name}" +
                $"<tspan class=\"faint\" font-weight=\"400\">  {length}{left}</tspan></text>");
            double bar = X(plot, lane.End) - X(plot, lane.Start);
            writer.WriteLine(
                $"<rect class=\"bar\" x=\"{Markup.Number(X(plot, lane.Start))}\" y=\"{Markup.Number(y + 9)}\" " +
                $"width=\"{Markup.Number(Math.Max(bar, Narrowest))}\" height=\"5\"/>");
            Rows(writer, plot, lane, y + LaneHead);
            y += size;
        }
    }

    private static void Rows(TextWriter writer, BootPlot plot, PlotLane lane, double top)
    {
        double y = top;
        string chain = "";
        foreach (PlotRow row in lane.Rows)
        {
            double x = X(plot, row.Start);
            double width = Math.Max(X(plot, row.End) - x, Narrowest);
            string kind = (row.IsTpm ? " tpm" : "") + row.Outcome switch
            {
                UnitOutcome.Failed or UnitOutcome.Timeout or UnitOutcome.Dependency => " bad",
                UnitOutcome.Open => " open",
                _ => row.IsWait && row.End - row.Start > 1 ? " wait" : "",
            };
            string label = row.Label.Length > LabelCharacters ? row.Label[..(LabelCharacters - 1)] + "…" : row.Label;
            string seconds = Wire.Seconds(row.End - row.Start);
            string told = string.Create(CultureInfo.InvariantCulture, $"{row.Label}: {Wire.Of(row.Outcome)}, {seconds}\nline {row.Line}: {row.Text}");
            writer.WriteLine(
                $"<text class=\"name ink{(row.IsTpm ? " tpm" : "")}\" x=\"{Labels - 8:0}\" y=\"{Markup.Number(y + 12)}\" " +
                $"text-anchor=\"end\">{Markup.Escape(label)}</text>");
            writer.WriteLine(
                $"<rect class=\"bar{kind}\" x=\"{Markup.Number(x)}\" y=\"{Markup.Number(y + 2)}\" width=\"{Markup.Number(width)}\" " +
                $"height=\"{RowHeight - 5:0}\" rx=\"2\"><title>{Markup.Escape(told)}</title></rect>");
            if (row.End - row.Start >= plot.Seconds / 100)
            {
                bool inside = x + width > Width - 90;
                writer.WriteLine(
                    $"<text class=\"faint\" x=\"{Markup.Number(inside ? x - 4 : x + width + 4)}\" y=\"{Markup.Number(y + 12)}\"" +
                    $"{(inside ? " text-anchor=\"end\"" : "")}>{seconds}</text>");
            }

            if (row.IsTpm)
            {
                string verb = chain.Length == 0 ? "M" : "L";
                chain += $"{verb}{Markup.Number(x)} {Markup.Number(y + 8)}L{Markup.Number(x + width)} {Markup.Number(y + 8)}";
            }

            y += RowHeight;
        }

        if (chain.Length > 0)
        {
            writer.WriteLine($"<path class=\"chain\" d=\"{chain}\"/>");
        }
    }

    private static void Axis(TextWriter writer, BootPlot plot, double top, double bottom)
    {
        double step = Step(plot.Seconds);
        for (double at = 0; at <= plot.Seconds; at += step)
        {
            string x = Markup.Number(X(plot, at));
            writer.WriteLine($"<line class=\"grid\" x1=\"{x}\" x2=\"{x}\" y1=\"{Markup.Number(top - 6)}\" y2=\"{Markup.Number(bottom)}\"/>");
            string seconds = at.ToString("0.##", CultureInfo.InvariantCulture);
            writer.WriteLine(
                $"<text class=\"faint\" x=\"{x}\" y=\"{Markup.Number(top - 12)}\" text-anchor=\"middle\">{seconds} s</text>");
        }
    }

    /// <summary>1, 2 or 5 times a power of ten, so that about ten lines fit.</summary>
    private static double Step(double seconds)
    {
        double rough = seconds / 10;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return rough / power <= 1 ? power : rough / power <= 2 ? 2 * power : rough / power <= 5 ? 5 * power : 10 * power;
    }

    private static void Marks(TextWriter writer, BootPlot plot, double bottom)
    {
        double y = 46;
        foreach ((Finding finding, double? at) in plot.Findings.Where(entry => entry.At is not null))
        {
            string note = finding.Severity == Severity.Note ? " note" : "";
            double x = X(plot, at!.Value);
            bool left = x > Width - 260;
            writer.WriteLine(
                $"<line class=\"mark{note}\" x1=\"{Markup.Number(x)}\" x2=\"{Markup.Number(x)}\" y1=\"{Markup.Number(y - 8)}\" y2=\"{Markup.Number(bottom)}\">" +
                $"<title>{Markup.Escape(finding.Cause)}</title></line>");
            writer.WriteLine(
                $"<text class=\"marked{note}\" x=\"{Markup.Number(left ? x - 5 : x + 5)}\" y=\"{Markup.Number(y)}\"" +
                $"{(left ? " text-anchor=\"end\"" : "")}>{finding.Id}<title>{Markup.Escape(finding.Cause)}</title></text>");
            y += MarkerHeight;
        }
    }

    private static void Legend(TextWriter writer, double y)
    {
        double x = 12;
        foreach ((string kind, string text) in (ReadOnlySpan<(string, string)>)
            [(" tpm", "TPM chain"), (" wait", "wait for a device"), (" bad", "failed or timed out"), ("", "other units")])
        {
            writer.WriteLine($"<rect class=\"bar{kind}\" x=\"{Markup.Number(x)}\" y=\"{Markup.Number(y - 10)}\" width=\"14\" height=\"11\" rx=\"2\"/>");
            writer.WriteLine($"<text class=\"faint\" x=\"{Markup.Number(x + 20)}\" y=\"{Markup.Number(y)}\">{text}</text>");
            x += 40 + (text.Length * 7);
        }
    }
}
