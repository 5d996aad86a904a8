// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Supplicant.Sockets;
using static TpmReady.Boot.TeeSupplicant.SupplicantOptionTable;

namespace TpmReady.Boot.TeeSupplicant;

/// <content>The network that TAs get.</content>
internal sealed partial class SupplicantOptionReader
{
    // Where people who profile TAs look for the results.
    private const string DefaultProfiles = "/tmp";
    private const int LongestConnectTimeout = 3600;

    private SocketOptions? ReadSockets()
    {
        SocketLimits limits = new();
        int seconds = ReadNumber(
            ConnectTimeoutName, 1, LongestConnectTimeout, (int)limits.ConnectTimeout.TotalSeconds);
        limits = limits with
        {
            ConnectTimeout = TimeSpan.FromSeconds(seconds),
            MaximumWaits = SocketLimits.GetMaximumWaits(ReadLimits().MaximumThreads),
        };
        List<SocketRule> rules = ReadRules();
        return Has(NoSocketsName) ? null : new SocketOptions(rules, limits, Has(GlobalPlatformName));
    }

    // An option without any rule in it must not come to mean "everywhere".
    private List<SocketRule> ReadRules()
    {
        List<SocketRule> rules = [];
        if (Get(SocketAllowName) is not string text)
        {
            return rules;
        }

        foreach (string word in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (SocketRule.Parse(word, out SocketRule? rule) is string error)
            {
                Reject($"--{SocketAllowName}={word}: {error}");
            }
            else if (rule is not null)
            {
                rules.Add(rule);
            }
        }

        return rules;
    }
}
