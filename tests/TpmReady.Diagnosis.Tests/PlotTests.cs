// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using System.Xml.Linq;
using TpmReady.Diagnosis.Compare;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Plot;
using TpmReady.Diagnosis.Report;

namespace TpmReady.Diagnosis.Tests;

/// <summary>The picture of a boot, as text and as a browser draws it.</summary>
public sealed class PlotTests
{
    private const string Browser = "/usr/bin/chromium";
    private const string Failing = "board/a-stock-first-boot/journal.log.xz";
    private const string Survivor = "board/f-survivor-emptied-root/journal.log.zst";
    private const string Good = "good";

    [Test]
    [Arguments(Failing)]
    [Arguments(Survivor)]
    public async Task The_svg_is_well_formed_and_shows_lanes_and_the_chain(string log)
    {
        using StringWriter writer = new();
        SvgPlot.Write(writer, BootPlot.Of(Read(log)), "A boot", withStyle: true);
        XDocument svg = XDocument.Parse(writer.ToString());
        string[] lanes = [.. svg.Descendants().Select(node => node.Attribute("data-lane")?.Value).OfType<string>()];
        string[] bars = [.. svg.Descendants().Where(node => node.Name.LocalName is "rect").Select(node => node.Attribute("class")!.Value)];

        await Assert.That(lanes).Contains("initrd");
        await Assert.That(lanes).Contains("host");
        await Assert.That(bars.Count(name => name.Contains("tpm", StringComparison.Ordinal))).IsGreaterThan(5);
        await Assert.That(svg.Descendants().Any(node => node.Attribute("class")?.Value is "chain")).IsTrue();
        await Assert.That(svg.Descendants().Any(node => node.Name.LocalName is "title" &&
            node.Value.Contains("tee-supplicant.service", StringComparison.Ordinal))).IsTrue();
        await Assert.That(writer.ToString().Contains("http", StringComparison.Ordinal) &&
            !writer.ToString().Contains("www.w3.org", StringComparison.Ordinal)).IsFalse();
    }

    [Test]
    public async Task A_comparison_puts_the_finding_first()
    {
        BootChange first = BootComparison.Of(Read(Survivor), Read(Failing))[0];

        await Assert.That(first.Kind).IsEqualTo("finding");
        await Assert.That(BootComparison.Of(Read(Survivor), Read(Survivor))).IsEmpty();
        await Assert.That(BootDiagnosis.Of(Read(Failing))[0].Id).IsEqualTo(FindingIds.SupplicantMissing);
    }

    /// <summary>A real browser draws the page in light and in dark; the picture must hold bars of the chain's colour.</summary>
    [Test]
    [Arguments(Failing, "failing", false)]
    [Arguments(Failing, "failing-dark", true)]
    [Arguments(Good, "good", false)]
    public async Task A_browser_draws_it(string log, string name, bool dark)
    {
        Skip.Unless(File.Exists(Browser), $"{Browser} is not installed, so no browser can draw the plot");
        string folder = Path.Combine(AppContext.BaseDirectory, "screenshots");
        Directory.CreateDirectory(folder);
        string page = Path.Combine(folder, name + ".html");
        string picture = Path.Combine(folder, name + ".png");
        File.Delete(picture);
        await using (StreamWriter writer = new(page))
        {
            HtmlPlot.Write(writer, BootPlot.Of(Read(log)), "A boot");
        }

        string[] options =
        [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--window-size=1320,1400",
            "--user-data-dir=" + Path.Combine(folder, "profile-" + name), "--screenshot=" + picture, "file://" + page,
        ];
        ProcessStartInfo start = new(Browser, dark ? ["--force-dark-mode", "--blink-settings=preferredColorScheme=0", .. options] : options)
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using Process browser = Process.Start(start)!;
        Task<string> errors = browser.StandardError.ReadToEndAsync();
        Task<string> output = browser.StandardOutput.ReadToEndAsync();
        bool ended = browser.WaitForExit(60_000);
        if (!ended)
        {
            browser.Kill(entireProcessTree: true);
        }

        await Assert.That(ended && File.Exists(picture)).IsTrue().Because($"the browser said: {await errors} {await output}");
        PngPicture png = PngPicture.Read(picture);
        string counts = string.Create(CultureInfo.InvariantCulture, $"{name}: {png.Width}x{png.Height}, ");
        int chain = png.Count(dark ? (0x63, 0xB3, 0xED) : (0x2B, 0x6C, 0xB0));
        int background = png.Count(dark ? (0x16, 0x19, 0x1D) : (0xFF, 0xFF, 0xFF));
        Console.WriteLine($"{counts}{chain} pixels of the TPM's chain, {background} of the background, {picture}");

        string html = await File.ReadAllTextAsync(page);
        await Assert.That(html.Contains("supplicant-missing", StringComparison.Ordinal)).IsEqualTo(log is Failing);
        await Assert.That(png.Width).IsEqualTo(1320);
        await Assert.That(chain).IsGreaterThan(150);
        await Assert.That(background).IsGreaterThan(10_000);
    }

    private static Boot Read(string log) =>
        LogAnalysis.Boots([log], name => name is Good ? new MemoryStream(HealthyTests.GoodBoot()) : File.OpenRead(TestData.Path(name))).MaxBy(boot => boot.Seen)!;
}
