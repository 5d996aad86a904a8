// SPDX-License-Identifier: MIT

using System.Globalization;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Server;

/// <summary>The state of the supplicant as JSON. Names that exist keep their meaning within a version.</summary>
internal static class StatisticsReport
{
    /// <summary>Rises when a name goes or changes its meaning; new names do not raise it.</summary>
    public const int Version = 1;

    /// <summary>The text.</summary>
    public static string Create(SupplicantStatistics statistics)
    {
        JsonText json = new();
        json.Add("version", Version);
        json.Add("requests", statistics.Total);
        json.Add("in_flight", statistics.InFlight);
        json.Add("most_in_flight", statistics.MaximumInFlight);
        json.Add("threads", statistics.Threads);
        json.Add("threads_started", statistics.ThreadsStarted);
        json.Add("shared_memory_objects", statistics.LiveObjects);
        json.Add("shared_memory_bytes", statistics.LiveBytes);
        json.Add("open_files", statistics.OpenFiles?.Invoke() ?? 0);
        json.Add("open_sockets", statistics.OpenSockets?.Invoke() ?? 0);
        json.Add("syncs", statistics.Syncs?.Invoke() ?? 0);
        json.Add("revoked", statistics.Revoked);
        json.Add("rolled_back", statistics.RolledBack);
        json.Add("rejected", statistics.Rejected);
        json.Add("exceptions", statistics.Exceptions);
        json.Add("receive_errors", statistics.ReceiveErrors);
        json.Add("longest_microseconds", (long)statistics.LongestRequest.TotalMicroseconds);
        if (statistics.LastError is var (function, result, age))
        {
            json.Begin("last_error");
            json.Add("function", NameOf(function));
            json.Add("result", result.ToString());
            json.Add("seconds_ago", (long)age.TotalSeconds);
            json.End();
        }

        json.Begin("functions");
        for (uint i = 0; i <= SupplicantStatistics.FunctionLimit; i++)
        {
            AddFunction(json, statistics, (RpcFunction)i);
        }

        json.End();
        return json.ToString();
    }

    private static void AddFunction(JsonText json, SupplicantStatistics statistics, RpcFunction function)
    {
        if (statistics.CountAll(function) == 0)
        {
            return;
        }

        json.Begin(NameOf(function));
        json.Begin("results");
        foreach (TeeResult result in SupplicantStatistics.CountedResults)
        {
            AddCount(json, result.ToString(), statistics.Count(function, result));
        }

        AddCount(json, "Other", statistics.CountOthers(function));
        json.End();

        // Below so many microseconds.
        json.Begin("below_microseconds");
        for (int bucket = 0; bucket < SupplicantStatistics.LatencyBuckets; bucket++)
        {
            bool isLast = bucket == SupplicantStatistics.LatencyBuckets - 1;
            string name = isLast ? "more" : (1L << bucket).ToString(CultureInfo.InvariantCulture);
            AddCount(json, name, statistics.CountLatency(function, bucket));
        }

        json.End();
        json.End();
    }

    private static void AddCount(JsonText json, string name, long count)
    {
        if (count != 0)
        {
            json.Add(name, count);
        }
    }

    private static string NameOf(RpcFunction function) =>
        (uint)function == SupplicantStatistics.FunctionLimit ? "Other" : function.ToString();
}
