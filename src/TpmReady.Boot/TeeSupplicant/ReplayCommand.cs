// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.IO;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Recording;

namespace TpmReady.Boot.TeeSupplicant;

/// <summary>--replay: serves a recording again, without a device, on the directories that the options name.</summary>
internal static class ReplayCommand
{
    private const int MostLines = 1000;

    /// <summary>Replays, prints the differences and a summary.</summary>
    /// <returns>The exit status: 0 if every answer was the same.</returns>
    public static int Run(SupplicantOptions options)
    {
        LogWriter log = new(SupplicantCommand.Name, options.LogLevel, LogTarget.StandardError, journalStream: null);
        if (!StateArena.TryCreate(options.Limits, out StateArena? arena, out string? error))
        {
            return Fail(error);
        }

        using StateArena used = arena;
        int lines = 0;
        Replayer replayer = new(
            new SupplicantProgram(options, log).CreateServices(arena),
            line =>
            {
                if (lines++ < MostLines)
                {
                    StandardOutput.Write(line + "\n");
                }
            });
        try
        {
            using FileStream recording = File.OpenRead(options.ReplayFile ?? "");
            error = replayer.Run(recording);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            error = exception.Message;
        }

        StandardOutput.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"{replayer.Same} the same, {replayer.Different} different, {replayer.Skipped} not replayed\n"));
        return error is not null ? Fail($"{options.ReplayFile}: {error}")
            : replayer.Different > 0 ? SupplicantCommand.Failure : 0;
    }

    private static int Fail(string reason)
    {
        StandardOutput.WriteError($"{SupplicantCommand.Name}: {reason}\n");
        return SupplicantCommand.Failure;
    }
}
