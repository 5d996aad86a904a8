// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Board.Guest;
using TpmReady.Board.Tool.PowerCuts;

namespace TpmReady.Board.Tool;

/// <summary>The commands of <c>board/board</c>.</summary>
internal static class BoardTool
{
    private const string Usage =
        """
        Usage: board/board COMMAND [OPTION…]

        Commands:
          build            build what is missing of the board
          boot             boot with a console on this terminal (Ctrl-A X cuts the power)
          exec 'SCRIPT'    boot, run a bash script inside, print its output, power off
          story            boot, bring the TPM up, and tell when what happened
          power-cuts MODE FILESYSTEM DISK CUTS FILE
                           cut the power under load until FILE has CUTS rows; MODE is commit or strict, FILESYSTEM
                           ext4 or f2fs, DISK honest, or liar: one that loses what it says it has flushed
          power-cut-control
                           show that this disk loses what was not flushed

        Options of boot, exec and story:

        """ + BoardCommandLine.Usage;

    public static async Task<int> RunAsync(string[] arguments)
    {
        if (Array.Exists(arguments, word => word is "-h" or "--help"))
        {
            return Help(Console.Out, 0);
        }

        try
        {
            BoardOptions options = BoardCommandLine.Parse(arguments, out List<string> words);
            return (words.Count > 0 ? words[0] : "", words.Count) switch
            {
                ("build", 1) => await BuildAsync().ConfigureAwait(false),
                ("boot", 1) => await BootAsync(options).ConfigureAwait(false),
                ("exec", 2) => await ExecuteAsync(options, words[1]).ConfigureAwait(false),
                ("story", 1) => await Story.TellAsync(options, Console.Out).ConfigureAwait(false),
                ("power-cuts", 6) => await CutAsync(PowerCutPlan.Parse(options, words[1..])).ConfigureAwait(false),
                ("power-cut-control", 1) => await ControlAsync(options).ConfigureAwait(false),
                ("help", 1) => Help(Console.Out, 0),
                _ => Help(Console.Error, 2),
            };
        }
        catch (BoardException error)
        {
            await Console.Error.WriteLineAsync("board: " + error.Message).ConfigureAwait(false);
            return 1;
        }
    }

    private static int Help(TextWriter writer, int code)
    {
        writer.WriteLine(Usage);
        return code;
    }

    private static async Task<int> BuildAsync()
    {
        await Repository.BuildBoardAsync().ConfigureAwait(false);
        return 0;
    }

    private static async Task<int> BootAsync(BoardOptions options)
    {
        BoardArtifacts artifacts = await Repository.BuildBoardAsync().ConfigureAwait(false);
        EmulatedBoard board = await EmulatedBoard.StartAsync(options with { Interactive = true }, artifacts)
            .ConfigureAwait(false);
        await using (board.ConfigureAwait(false))
        {
            await board.WaitForPowerOffAsync(Timeout.InfiniteTimeSpan).ConfigureAwait(false);
        }

        return 0;
    }

    private static async Task<int> ExecuteAsync(BoardOptions options, string script)
    {
        BoardArtifacts artifacts = await Repository.BuildBoardAsync().ConfigureAwait(false);
        EmulatedBoard board = await EmulatedBoard.StartAsync(options, artifacts).ConfigureAwait(false);
        await using (board.ConfigureAwait(false))
        {
            await Console.Error.WriteLineAsync($"board: {board.ReproduceCommand}").ConfigureAwait(false);
            ScriptResult result = await board
                .TryRunAsync(script, TimeSpan.FromHours(6), Console.Write).ConfigureAwait(false);
            await board.PowerOffAsync().ConfigureAwait(false);
            return result.ExitCode;
        }
    }

    private static async Task<int> CutAsync(PowerCutPlan plan)
    {
        using PowerCutSeries series = new(plan, await Repository.BuildBoardAsync().ConfigureAwait(false));
        await series.RunAsync().ConfigureAwait(false);
        return 0;
    }

    private static async Task<int> ControlAsync(BoardOptions options)
    {
        await PowerCutControl.RunAsync(options, await Repository.BuildBoardAsync().ConfigureAwait(false)).ConfigureAwait(false);
        return 0;
    }
}
