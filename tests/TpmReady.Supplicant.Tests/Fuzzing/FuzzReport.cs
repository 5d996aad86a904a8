// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>What a run came to.</summary>
internal sealed class FuzzReport
{
    public long Requests { get; set; }

    public long Seeds { get; set; }

    public TimeSpan Duration { get; set; }

    /// <summary>The longest time that a request took.</summary>
    public TimeSpan Longest { get; set; }

    /// <summary>What went wrong, at most once a seed.</summary>
    public List<FuzzFailure> Failures { get; } = [];

    /// <summary>Requests whose client was gone.</summary>
    public long Revoked { get; set; }

    /// <summary>Requests that were interfered with.</summary>
    public long Hostile { get; set; }

    /// <summary>Requests with nothing wrong.</summary>
    public long Valid { get; set; }

    /// <summary>The process after the first seed and at the end; null unless it was alone.</summary>
    public (FuzzProcess First, FuzzProcess Last)? Process { get; set; }

    /// <summary>How often what was answered.</summary>
    public Dictionary<(RpcFunction Function, int Operation, TeeResult Result), long> Outcomes { get; } = [];

    public void Add(FuzzExchange request)
    {
        Requests++;
        Revoked += request.IsDelivered ? 0 : 1;
        Hostile += request.IsHostile ? 1 : 0;
        Valid += request.IsValid && !request.IsHostile ? 1 : 0;
        (RpcFunction, int, TeeResult) key = (request.Function, request.Operation, request.Result);
        Outcomes[key] = Outcomes.GetValueOrDefault(key) + 1;
    }
}
