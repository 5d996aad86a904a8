// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Reading;

BootCollector collector = new();
int index = 0;
foreach (string file in args)
{
    collector.BeginFile();
    new LogReader(index++, collector).Read(LogDecoder.Open(File.OpenRead(file)));
}

foreach (Boot boot in collector.Boots)
{
    foreach (Finding f in BootDiagnosis.Of(boot))
    {
        Console.WriteLine($"{f.Id} {f.Severity} {f.Confidence} {f.Phase} {f.SubCause} {f.Seconds}");
        foreach (Signal s in f.Evidence) { Console.WriteLine($"    {s.File}:{s.Line} [{s.Kind}] {s.Text}"); }
        foreach (Consequence c in f.Consequences) { Console.WriteLine($"    -> {c.Id} {c.Text}"); }
    }
}
