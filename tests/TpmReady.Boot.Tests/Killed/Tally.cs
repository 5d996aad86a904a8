// SPDX-License-Identifier: MIT

using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Killed;

/// <summary>What the clients of a supplicant saw.</summary>
internal sealed class Tally
{
    private readonly ConcurrentDictionary<(string Request, string Result), int> _outcomes = new();
    private int _requests;

    /// <summary>All requests.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Requests that failed though they may be repeated.</summary>
    public ConcurrentQueue<string> Failures { get; } = new();

    /// <summary>Failures of storage that OP-TEE takes for an object that is lost, damaged, or has no room.</summary>
    public ConcurrentQueue<string> SoftErrors { get; } = new();

    /// <summary>What had been acknowledged and was not there afterwards.</summary>
    public ConcurrentQueue<string> Lost { get; } = new();

    /// <summary>What came back for requests that must not be repeated.</summary>
    public IEnumerable<(string Request, string Result, int Count)> Outcomes =>
        _outcomes.Select(static pair => (pair.Key.Request, pair.Key.Result, pair.Value)).Order();

    /// <summary>Counts an answer to what may be repeated.</summary>
    /// <returns>The answer.</returns>
    /// <exception cref="RefusedException">It was an error.</exception>
    public Reply Expect(string what, Reply reply)
    {
        Interlocked.Increment(ref _requests);
        return reply.IsSuccess ? reply : throw new RefusedException(what, reply);
    }

    /// <summary>Counts an answer to what must not be repeated.</summary>
    /// <returns>Whether it was a success.</returns>
    public bool Note(string what, string result)
    {
        Interlocked.Increment(ref _requests);
        _outcomes.AddOrUpdate((what, result), 1, static (_, count) => count + 1);
        return string.Equals(result, "SUCCESS", System.StringComparison.Ordinal);
    }

    /// <summary>A client gave up what it was about.</summary>
    public void Fail(string client, RefusedException refused)
    {
        string line = $"{client}: {refused.Message}";
        Failures.Enqueue(line);

        // ree_fs_open_primitive() and its callers remove what they take for damaged; see docs/handover.md.
        if (!refused.Reply.Is("COMMUNICATION"))
        {
            SoftErrors.Enqueue(line);
        }
    }
}
