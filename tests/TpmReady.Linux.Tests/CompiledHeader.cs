// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text;

namespace TpmReady.Linux.Tests;

/// <summary>
/// Asks the C compiler for the values of constant expressions, by compiling a program against the system's headers.
/// </summary>
internal static class CompiledHeader
{
    /// <summary>Evaluates expressions.</summary>
    /// <param name="headers">What to include, as in <c>linux/tee.h</c>.</param>
    /// <param name="expressions">Integer constant expressions of C.</param>
    /// <exception cref="InvalidOperationException">There is no compiler, or it rejects an expression.</exception>
    public static Dictionary<string, ulong> Evaluate(
        IEnumerable<string> headers, IReadOnlyCollection<string> expressions)
    {
        var program = new StringBuilder("#define _GNU_SOURCE\n#include <stddef.h>\n#include <stdio.h>\n");
        foreach (string header in headers)
        {
            program.Append(CultureInfo.InvariantCulture, $"#include <{header}>\n");
        }

        program.Append("int main(void)\n{\n");
        foreach (string expression in expressions)
        {
            program.Append(CultureInfo.InvariantCulture, $"printf(\"%llu\\n\", (unsigned long long)({expression}));\n");
        }

        program.Append("}\n");
        string folder = Directory.CreateTempSubdirectory("tpmready-abi-").FullName;
        try
        {
            string source = Path.Combine(folder, "abi.c");
            string binary = Path.Combine(folder, "abi");
            File.WriteAllText(source, program.ToString());
            _ = Run("cc", "-o", binary, source);
            string[] lines = Run(binary).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var values = new Dictionary<string, ulong>(StringComparer.Ordinal);
            int line = 0;
            foreach (string expression in expressions)
            {
                values[expression] = ulong.Parse(lines[line++], CultureInfo.InvariantCulture);
            }

            return values;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Run(string file, params string[] arguments)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{file} does not start");
        string output = process.StandardOutput.ReadToEnd();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{file}: {errors}");
    }
}
