// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Threading;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>Runs seed after seed, and watches that no request hangs.</summary>
internal sealed class Fuzzer(FuzzOptions options)
{
    private const int SeedsPerLook = 25;
    private const long NoRequest = 0;

    private readonly FuzzReport _report = new();
    private readonly MemoryMappedViewAccessor? _progress = OpenProgress(options.ProgressPath);
    private FuzzProcess _first;
    private long _since = NoRequest;
    private ulong _seed;
    private long _number;
    private FuzzExchange? _request;

    /// <summary>Runs until everything was tried or something went wrong.</summary>
    public FuzzReport Run()
    {
        long start = Stopwatch.GetTimestamp();
        Thread thread = new(Work, 4 << 20) { IsBackground = true, Name = "fuzz" };
        thread.Start();
        while (!thread.Join(TimeSpan.FromMilliseconds(100)))
        {
            long since = Volatile.Read(ref _since);
            if (since != NoRequest && Stopwatch.GetElapsedTime(since) > options.HangLimit)
            {
                // Nobody can end that thread.
                _report.Failures.Add(new FuzzFailure(
                    _seed, _number + 1, $"no answer for {options.HangLimit.TotalSeconds:0} s", $"{_request}"));
                break;
            }
        }

        _report.Duration = Stopwatch.GetElapsedTime(start);
        _progress?.Dispose();
        return _report;
    }

    private void Work()
    {
        for (ulong seed = options.Seed;
            _report.Requests < options.Requests && _report.Failures.Count < options.MaximumFailures;
            seed++)
        {
            long count = Math.Min(options.RequestsPerSeed, options.Requests - _report.Requests);
            FuzzFailure? failure;
            try
            {
                failure = RunAndShorten(seed, count);
            }
            catch (Exception exception)
            {
                failure = new FuzzFailure(seed, _number + 1, $"the fuzzer itself: {exception}", $"{_request}");
            }

            if (failure is not null)
            {
                _report.Failures.Add(failure);
            }

            _report.Seeds++;
        }
    }

    /// <summary>
    /// What is looked at only now and then happened earlier, so the seed runs once more with every look after every
    /// request. If it does not happen again, what was seen counts all the same.
    /// </summary>
    private FuzzFailure? RunAndShorten(ulong seed, long count)
    {
        FuzzFailure? failure = RunSeed(seed, count, thorough: false, _report);
        return failure is null
            ? Look(seed, count)
            : RunSeed(seed, failure.Requests, thorough: true, new FuzzReport())
                ?? failure with { What = failure.What + " (but not again with the same seed)" };
    }

    private FuzzFailure? RunSeed(ulong seed, long count, bool thorough, FuzzReport report)
    {
        using FuzzSession session = new(options.Shape(seed));
        _request = session.Request;
        _seed = seed;
        for (long number = 0; number < count; number++)
        {
            _number = number;
            _progress?.Write(0, seed);
            _progress?.Write(8, number);
            _progress?.Write(16, report.Requests);
            Volatile.Write(ref _since, Stopwatch.GetTimestamp());
            string? fault = session.Step(number, thorough);
            if (fault is null && session.Allocated > 0 && HappensAgain(seed, number, static each => each.Allocated > 0))
            {
                fault = $"{session.Allocated} bytes of managed memory were allocated";
            }
            else if (fault is null && session.IsSlow && HappensAgain(seed, number, static each => each.IsSlow))
            {
                fault = "the request took long";
            }

            Volatile.Write(ref _since, NoRequest);
            report.Add(session.Request);
            if (fault is not null)
            {
                return new FuzzFailure(seed, number + 1, fault, $"{session.Request}");
            }
        }

        report.Longest = session.Longest > report.Longest ? session.Longest : report.Longest;
        return null;
    }

    private bool HappensAgain(ulong seed, long last, Predicate<FuzzSession> happens)
    {
        using FuzzSession session = new(options.Shape(seed));
        for (long number = 0; number <= last; number++)
        {
            Volatile.Write(ref _since, Stopwatch.GetTimestamp());
            _ = session.Step(number, thorough: false);
        }

        return happens(session);
    }

    /// <summary>At the end of a seed everything that it took must be given back.</summary>
    private FuzzFailure? Look(ulong seed, long count)
    {
        bool isLast = _report.Requests >= options.Requests;
        if (!options.IsAlone || (_report.Seeds % SeedsPerLook != SeedsPerLook - 1 && !isLast))
        {
            return null;
        }

        FuzzProcess now = FuzzProcess.Now();
        if (_first == default)
        {
            _first = now;
        }

        _report.Process = (_first, now);
        return now.FindGrowth(_first) is string growth
            ? new FuzzFailure(seed, count, growth, "at the end of a seed")
            : null;
    }

    private static MemoryMappedViewAccessor? OpenProgress(string? path)
    {
        if (path is null)
        {
            return null;
        }

        using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, mapName: null, capacity: 24);
        return file.CreateViewAccessor();
    }
}
