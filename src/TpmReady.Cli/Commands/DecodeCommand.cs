// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.CommandLine;
using TpmReady.Diagnosis.Codes;

namespace TpmReady.Cli.Commands;

/// <summary>tpmready decode: what a result code means.</summary>
internal static class DecodeCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make()
    {
        Argument<string[]> codes = new("CODE")
        {
            Description = "0xffff3024, -53212, 0x14c, TPM_RC_LOCKOUT, TEE_ERROR_BUSY, EBUSY…",
            Arity = ArgumentArity.OneOrMore,
        };
        Command command = new("decode", "Tells what result codes of TEE, TPM and kernel mean around a TPM.") { codes };
        // -53212 is a code and no option.
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(parsed =>
        {
            bool all = true;
            foreach (string code in Words(parsed.GetValue(codes), parsed.UnmatchedTokens))
            {
                all &= Show(code);
            }

            return all ? ExitCodes.Success : ExitCodes.Failure;
        });
        return command;
    }

    private static List<string> Words(string[]? codes, IReadOnlyList<string> unmatched)
    {
        List<string> words = [.. codes ?? []];
        foreach (string token in unmatched)
        {
            if (!words.Contains(token))
            {
                words.Add(token);
            }
        }

        return words;
    }

    private static bool Show(string code)
    {
        IReadOnlyList<CodeReading> readings = CodeDecoder.Decode(code);
        if (readings.Count == 0)
        {
            Console.Error.WriteLine($"tpmready: {code} is no result code of a TEE, a TPM or the kernel that is known here.");
            return false;
        }

        Console.WriteLine(code);
        foreach (CodeReading reading in readings)
        {
            Console.WriteLine($"  {reading.Kind}: {reading.Name} = {reading.Number}: {reading.Meaning}");
            if (reading.Here is not null)
            {
                Console.WriteLine($"    Here: {reading.Here}");
            }

            if (reading.Finding is not null)
            {
                Console.WriteLine($"    Usually a sign of: {reading.Finding}");
            }
        }

        return true;
    }
}
