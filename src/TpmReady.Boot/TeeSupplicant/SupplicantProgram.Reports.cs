// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Server;

namespace TpmReady.Boot.TeeSupplicant;

/// <content>What the running supplicant shows of itself.</content>
internal sealed unsafe partial class SupplicantProgram
{
    // The service manager's line may be this old; a supplicant that serves nothing sends nothing.
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(30);

    /// <summary>Answers signals, and keeps the status line fresh, until it is time for something else.</summary>
    /// <returns>A successor that knocks; null if it is time to stop.</returns>
    private Visitor? ReportUntil(SupplicantStatistics statistics, StopSignals signals)
    {
        WaitHandle[] events =
        [
            signals.Stopped.WaitHandle, signals.DeviceLost, signals.ReportWanted, signals.TraceWanted,
            signals.VisitorCame,
        ];
        const int report = 2;
        const int trace = 3;
        const int visitor = 4;
        TimeSpan interval = _notifier.IsActive ? StatusInterval : Timeout.InfiniteTimeSpan;
        long told = 0;
        while (true)
        {
            int reason = WaitHandle.WaitAny(events, interval);
            if (reason is not (report or trace or visitor or WaitHandle.WaitTimeout))
            {
                return null;
            }

            if (reason == visitor && Interlocked.Exchange(ref _visitor, null) is Visitor came)
            {
                return came;
            }

            if (reason == trace)
            {
                SwitchTracing();
                continue;
            }

            if (reason == report)
            {
                _log.Write(LogLevel.Notice, statistics.ToStatusText());
                WriteStatistics(statistics);
            }

            if (reason == report || statistics.Total != told)
            {
                told = statistics.Total;
                _notifier.Status(DescribeStatus(statistics));
            }
        }
    }

    private string DescribeStatus(SupplicantStatistics statistics) =>
        statistics.ToStatusText() + (_lastRefusal is null ? "" : $"; no successor: {_lastRefusal}");

    private void SwitchTracing()
    {
        bool isOn = !_log.IsEnabled(LogLevel.Debug);
        LogLevel quiet = _options.LogLevel < LogLevel.Debug ? _options.LogLevel : LogLevel.Info;
        _log.Threshold = isOn ? LogLevel.Debug : quiet;
        _log.Write(LogLevel.Notice, isOn ? "Requests are traced from now on." : "Requests are no longer traced.");
    }

    private void WriteStatistics(SupplicantStatistics statistics)
    {
        if (_options.StatisticsFile is not string path)
        {
            return;
        }

        int error = new ReportFile(path, _files).Write(StatisticsReport.Create(statistics));
        if (error != Errno.Success)
        {
            _log.Write(LogLevel.Warning, $"{path} cannot be written: {Errno.Name(error)}.");
        }
    }

    private static string DescribeServices(List<IRpcService> services)
    {
        List<string> words = [];
        foreach (IRpcService service in services)
        {
            string? word = service.Function switch
            {
                RpcFunction.LoadTrustedApplication => "TAs",
                RpcFunction.FileSystem => "files",
                RpcFunction.Plugin => "plug-ins",
                RpcFunction.Rpmb => "RPMB",
                RpcFunction.Socket => "sockets",
                RpcFunction.Gprof => "profiles",
                _ => null,
            };
            if (word is not null)
            {
                words.Add(word);
            }
        }

        return " " + string.Join(", ", words);
    }
}
