// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using TpmReady.Supplicant.Storage;

namespace TpmReady.Supplicant.Tests.Storage.PowerCut;

/// <summary>
/// Cuts the power of the real file system service wherever something is about to become durable, and after each
/// answered operation, builds what the medium may hold then, and lets OP-TEE's hash trees open it.
/// </summary>
internal sealed class PowerCutSimulator : IDisposable
{
    private readonly FileSyncMode _mode;
    private readonly bool _isAnchored;
    private readonly Random _random;
    private readonly int _limit;
    private readonly int _tornLimit;
    private readonly SecureWorldRequests _world;
    private readonly SecureWorldRequests _recovery;
    private SecureStore _store;
    private string[] _allowed = [""];
    private string _doing = "nothing";

    /// <summary>An empty store.</summary>
    /// <param name="mode">How the service flushes.</param>
    /// <param name="seed">What is chosen where not all can be tried.</param>
    /// <param name="limit">How many states of whole pages are tried at a cut.</param>
    /// <param name="tornLimit">How many of pages that are torn at 512 bytes.</param>
    /// <param name="isAnchored">Whether the index's root hash is kept outside.</param>
    /// <param name="defect">What is wrong with flushing.</param>
    public PowerCutSimulator(
        FileSyncMode mode,
        int seed,
        int limit,
        int tornLimit,
        bool isAnchored = false,
        FlushDefect defect = FlushDefect.None)
    {
        _isAnchored = isAnchored;
        _mode = mode;
        _random = new Random(seed);
        _limit = limit;
        _tornLimit = tornLimit;
        _world = new SecureWorldRequests(new MemoryFiles { Defect = defect }, mode);
        _recovery = new SecureWorldRequests(new MemoryFiles(), mode);
        _store = new SecureStore(_world, isAnchored);
        _world.Files.BeforeFlush = CutAtFlush;
    }

    /// <summary>Whether power is cut at flushes, too, not only between operations.</summary>
    public bool CutsAtFlushes { get; init; } = true;

    /// <summary>What is stored.</summary>
    public SortedDictionary<string, byte[]> Objects { get; private set; } = new(StringComparer.Ordinal);

    private int Names => _world.Files.Directory.PendingCount;

    /// <summary>What was tried.</summary>
    public PowerCutCounts Counts { get; } = new();

    /// <summary>Does one operation and cuts the power at every point of it.</summary>
    /// <exception cref="PowerCutException">Some state is neither the one before nor the one after.</exception>
    public void Run(StoreOperation operation)
    {
        SortedDictionary<string, byte[]> after = operation.ApplyTo(Objects);
        _doing = operation.ToString();
        _allowed = [Summary(Objects), Summary(after)];
        operation.RunOn(_store);

        Accept(after);
    }

    /// <summary>
    /// Does one operation, which may fail. After a failure either state may be there, but from then on only the one
    /// that the secure world sees.
    /// </summary>
    /// <returns>Whether it succeeded.</returns>
    public bool TryRun(StoreOperation operation, Func<string, int> fault)
    {
        SortedDictionary<string, byte[]> after = operation.ApplyTo(Objects);
        _doing = operation.ToString();
        _allowed = [Summary(Objects), Summary(after)];
        bool succeeded = true;
        _world.Files.Fault = fault;
        try
        {
            operation.RunOn(_store);
        }
        catch (SecureWorldException)
        {
            succeeded = false;
        }

        _world.Files.Fault = static _ => 0;
        if (!succeeded)
        {
            Cut();
            after = ReadAgain();
        }

        Accept(after);
        return succeeded;
    }

    /// <summary>Every change of the files so far.</summary>
    public IReadOnlyList<string> Trace => _world.Files.Trace;

    /// <summary>Goes on with one of the states that a power cut may leave.</summary>
    public void Reboot()
    {
        List<FileChoice> choices = GetChoices(torn: true);
        MemoryFiles files = Build(choices, CutPicks.AtRandom(_random, choices, Names));
        files.BeforeFlush = CutAtFlush;
        _world.Restart(files, _mode);
        _store = new SecureStore(_world, _isAnchored, _store.Anchor);
        Counts.Reboots++;
    }

    public void Dispose()
    {
        _world.Dispose();
        _recovery.Dispose();
    }

    /// <summary>What a store holds, in a line.</summary>
    public static string Summary(SortedDictionary<string, byte[]> objects) => string.Join(
        ' ', objects.Select(pair => string.Create(
            CultureInfo.InvariantCulture, $"{pair.Key}:{pair.Value.Length}:{Hash(pair.Value):x}")));

    private static ulong Hash(byte[] bytes)
    {
        ulong hash = 14695981039346656037;
        foreach (byte value in bytes)
        {
            hash = (hash ^ value) * 1099511628211;
        }

        return hash;
    }

    // Answered: from here on there is one state.
    private void Accept(SortedDictionary<string, byte[]> after)
    {
        if (!_allowed.Contains(Summary(after), StringComparer.Ordinal))
        {
            Fail("the secure world sees", Summary(after));
        }

        _allowed = [Summary(after)];
        Cut();
        _world.Files.FlushLate();
        Objects = after;
        Counts.Operations++;
    }

    private SortedDictionary<string, byte[]> ReadAgain()
    {
        try
        {
            return _store.ReadAll();
        }
        catch (SecureWorldException)
        {
            return _store.ReadAll();
        }
    }

    private void CutAtFlush()
    {
        if (CutsAtFlushes)
        {
            Cut();
        }
    }

    private void Cut()
    {
        Counts.Cuts++;
        TryAll(torn: false);
        TryAll(torn: true);
    }

    private void TryAll(bool torn)
    {
        List<FileChoice> choices = GetChoices(torn);
        int names = Names;
        int limit = torn ? _tornLimit : _limit;
        bool all = choices.Aggregate(Math.Pow(2, names), (product, choice) => product * choice.Events.Length) <= limit;
        Counts.AddSet(torn, all);
        if (all)
        {
            int[] pick = new int[choices.Count + names];
            do
            {
                Try(choices, pick, torn);
            }
            while (CutPicks.Next(choices, pick));
            return;
        }

        foreach (int[] pick in CutPicks.Extremes(choices, names).Take(limit))
        {
            Try(choices, pick, torn);
        }

        for (int i = 0; i < limit; i++)
        {
            Try(choices, CutPicks.AtRandom(_random, choices, Names), torn);
        }
    }

    private List<FileChoice> GetChoices(bool torn) =>
        [.. _world.Files.Directory.Reachable.SelectMany(file => file.GetChoices(torn))];

    private MemoryFiles Build(List<FileChoice> choices, int[] pick) => MemoryFiles.AfterCut(
        _world.Files.Directory.After(change => pick[choices.Count + change] == 1),
        [.. choices.Select((choice, index) => (choice, pick[index]))]);

    private void Try(List<FileChoice> choices, int[] pick, bool torn)
    {
        Counts.Add(torn);
        _recovery.Restart(Build(choices, pick), _mode);
        string found = Open();
        if (!_allowed.Contains(found, StringComparer.Ordinal))
        {
            Fail(
                "after a power cut there is",
                found,
                $"Kept: {string.Join(", ", pick)} of {string.Join(", ", choices.Select(c => c.Events.Length))}");
        }
    }

    private void Fail(string what, string found, string more = "") => throw new PowerCutException(
        $"""
        {_mode}, {_doing}: {what} [{found}], allowed is [{string.Join("] or [", _allowed)}]. {more}
        Changes so far:
        {string.Join('\n', _world.Files.Trace.TakeLast(60))}
        {_world.Log}
        """);

    private string Open()
    {
        SecureStore store = new(_recovery, _isAnchored, _store.Anchor);
        try
        {
            return Summary(store.ReadAll());
        }
        catch (SecureWorldException)
        {
            // An index that was never committed is removed by the first request and created by the second.
        }

        try
        {
            return Summary(store.ReadAll());
        }
        catch (SecureWorldException exception)
        {
            return exception.Message;
        }
    }
}
