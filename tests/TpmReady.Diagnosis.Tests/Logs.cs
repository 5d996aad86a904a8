// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace TpmReady.Diagnosis.Tests;

/// <summary>Writes the same entries in all formats that the reader knows.</summary>
internal static class Logs
{
    private static readonly DateTime Start = new(2026, 11, 23, 0, 3, 0, DateTimeKind.Utc);

    /// <summary>All formats: a name, and what writes it.</summary>
    public static IReadOnlyDictionary<string, Func<IReadOnlyList<Entry>, string>> Formats { get; } =
        new Dictionary<string, Func<IReadOnlyList<Entry>, string>>(StringComparer.Ordinal)
        {
            ["short"] = Lines(e => $"{Wall(e):MMM dd HH:mm:ss} host {e.Who}: {e.Message}"),
            ["short-precise"] = Lines(e => $"{Wall(e):MMM dd HH:mm:ss.ffffff} host {e.Who}: {e.Message}"),
            ["short-full"] = Lines(e => $"{Wall(e):ddd yyyy-MM-dd HH:mm:ss} UTC host {e.Who}: {e.Message}"),
            ["short-iso"] = Lines(e => $"{Wall(e):yyyy-MM-ddTHH:mm:ss}+0000 host {e.Who}: {e.Message}"),
            ["short-iso-precise"] = Lines(e => $"{Wall(e):yyyy-MM-ddTHH:mm:ss.ffffff}+00:00 host {e.Who}: {e.Message}"),
            ["short-monotonic"] = Lines(e => $"[{e.Seconds,12:F6}] host {e.Who}: {e.Message}"),
            ["short-unix"] = Lines(e => $"{(Wall(e) - DateTime.UnixEpoch).TotalSeconds:F6} host {e.Who}: {e.Message}"),
            ["dmesg"] = Lines(e => $"[{e.Seconds,12:F6}] {Kmsg(e)}"),
            ["dmesg-caller"] = Lines(e => $"[{e.Seconds,12:F6}][    T1] {Kmsg(e)}"),
            ["dmesg-T"] = Lines(e => $"[{Wall(e):ddd MMM dd HH:mm:ss yyyy}] {Kmsg(e)}"),
            ["kmsg-level"] = Lines(e => $"<6>[{e.Seconds,12:F6}] {Kmsg(e)}"),
            ["markdown"] = entries => "# It hangs\nSee:\n```\n" + Formats!["short"](entries) + "```\nWhat is it?\n",
            ["quoted"] = Lines(e => $"> {Wall(e):MMM dd HH:mm:ss} host {e.Who}: {e.Message}"),
            ["github"] = Lines(e => $"{Wall(e):yyyy-MM-ddTHH:mm:ss.fffffff}Z [{e.Seconds,12:F6}] host {e.Who}: {e.Message}"),
            ["crlf"] = entries => Formats!["short-monotonic"](entries).Replace("\n", "\r\n", StringComparison.Ordinal),
            ["lava"] = Lines(e => $"- {{\"dt\": \"{Wall(e):yyyy-MM-ddTHH:mm:ss.ffffff}\", \"lvl\": \"target\", " +
                $"\"msg\": \"{JsonEncodedText.Encode($"[{e.Seconds,12:F6}] {Kmsg(e)}")}\"}}"),
            ["lava-flow"] = Lines(e => $"- {{dt: '{Wall(e):yyyy-MM-ddTHH:mm:ss.ffffff}', lvl: target, msg: '[{e.Seconds,12:F6}] {Kmsg(e)}'}}"),
            ["json"] = Lines(Json),
            ["json-seq"] = Lines(e => "\x1E" + Json(e)),
            ["export"] = entries => string.Concat(entries.Select(Export)),
            ["verbose"] = entries => string.Concat(entries.Select(Verbose)),
            ["console"] = Lines(e => Console(e)),
        };

    /// <summary>A text as UTF-8.</summary>
    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static Func<IReadOnlyList<Entry>, string> Lines(Func<Entry, string> line) =>
        entries => string.Concat(entries.Select(entry => line(entry) + "\n"));

    private static DateTime Wall(Entry entry) => Start.AddSeconds(entry.Seconds);

    private static string Kmsg(Entry entry) => entry.Identifier is "kernel" ? entry.Message : $"{entry.Who}: {entry.Message}";

    private static string Json(Entry entry)
    {
        Dictionary<string, string> fields = Fields(entry);
        return "{" + string.Join(",", fields.Select(field => $"\"{field.Key}\":\"{JsonEncodedText.Encode(field.Value)}\"")) + "}";
    }

    private static string Export(Entry entry)
    {
        StringBuilder text = new();
        foreach ((string name, string value) in Fields(entry))
        {
            text.Append(name).Append('=').Append(value).Append('\n');
        }

        // A field in the binary form, with an empty line inside.
        byte[] length = BitConverter.GetBytes(12L);
        return text.Append("BLOB\n").Append(string.Concat(length.Select(part => (char)part))).Append("one\n\nMESSAGE\n\n").ToString();
    }

    private static string Verbose(Entry entry)
    {
        long micros = (long)(entry.Seconds * 1e6);
        string head = $"{Wall(entry):ddd yyyy-MM-dd HH:mm:ss.ffffff} UTC [s=aa11;i=1f;b=95b5a1a45d1b4210ac30535db2fea572;m={micros:x};t=6;x=7]\n";
        return head + string.Concat(Fields(entry).Where(field => !field.Key.StartsWith("__", StringComparison.Ordinal))
            .Select(field => $"    {field.Key}={field.Value}\n"));
    }

    /// <summary>As systemd prints to a console: colours, status words, no process.</summary>
    private static string Console(Entry entry)
    {
        if (entry.Identifier is not "systemd")
        {
            return $"[{entry.Seconds,12:F6}] {Kmsg(entry)}";
        }

        string status = entry.Message.StartsWith("Failed", StringComparison.Ordinal) ? "[\e[0;1;31mFAILED\e[0m] "
            : entry.Message.StartsWith("Dependency", StringComparison.Ordinal) ? "[\e[0;1;38;5;185mDEPEND\e[0m] "
            : entry.Message.EndsWith("...", StringComparison.Ordinal) ? "         "
            : entry.Message.StartsWith("Timed out", StringComparison.Ordinal) ? "[\e[0;1;31m TIME \e[0m] "
            : entry.Message.Contains(": ", StringComparison.Ordinal) ? $"[{entry.Seconds,12:F6}] systemd[1]: " : "[\e[0;32m  OK  \e[0m] ";
        string message = entry.Message.Replace(".service", ".service\e[0m", StringComparison.Ordinal)
            .Replace("tee-", "\e[0;1;39mtee-", StringComparison.Ordinal);
        return status + message + "\r";
    }

    private static Dictionary<string, string> Fields(Entry entry) => new(StringComparer.Ordinal)
    {
        ["__CURSOR"] = "s=aa11;i=1f",
        ["__REALTIME_TIMESTAMP"] = ((long)((Wall(entry) - DateTime.UnixEpoch).TotalSeconds * 1e6)).ToString(CultureInfo.InvariantCulture),
        ["__MONOTONIC_TIMESTAMP"] = ((long)(entry.Seconds * 1e6)).ToString(CultureInfo.InvariantCulture),
        ["_BOOT_ID"] = "95b5a1a45d1b4210ac30535db2fea572",
        ["_TRANSPORT"] = entry.Identifier is "kernel" ? "kernel" : "journal",
        ["SYSLOG_IDENTIFIER"] = entry.Identifier,
        ["_PID"] = entry.Pid.ToString(CultureInfo.InvariantCulture),
        ["MESSAGE"] = entry.Message,
    };
}
