// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Handover;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Server;
using TpmReady.Supplicant.SharedMemory;
using TpmReady.Systemd;

namespace TpmReady.Boot.TeeSupplicant;

/// <content>
/// What outlives this process lies with the service manager: the open device, the arena, the shared memory. Whoever comes
/// next finds them there and goes on, and who waits for an answer does not notice.
/// </content>
internal sealed unsafe partial class SupplicantProgram
{
    // A killed process holds its claim until its last thread has left the kernel, which a slow disk can delay.
    private static readonly TimeSpan ClaimPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ClaimInterval = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan StorePatience = TimeSpan.FromSeconds(5);

    private DescriptorStore? _store;
    private StoredMemory? _keeper;
    private KeptDescriptors? _kept;
    private TeeDevice? _node;

    /// <summary>
    /// Whether descriptors are kept: systemd tells that it would (FDSTORE, since 254), or the administrator says so.
    /// </summary>
    private bool KeepsState => _options.Handover
        ?? _predecessorKeeps
        ?? Environment.GetEnvironmentVariable("FDSTORE") is { Length: > 0 };

    private void OpenStore()
    {
        _store = DescriptorStore.Open(_notifyAddress);
        _keeper = _store is null ? null : new StoredMemory(_store, _log);
    }

    /// <summary>The arena of an earlier process, or a new one.</summary>
    private bool TryGetArena([NotNullWhen(true)] out StateArena? arena, [NotNullWhen(false)] out string? error)
    {
        if (KeepsState)
        {
            OpenStore();
        }

        if (!KeptDescriptors.TryRead(
            PassedDescriptors.Read(Environment.GetEnvironmentVariable, Environment.ProcessId), out _kept, out error))
        {
            if (error is not null)
            {
                // Of a process that died between both; the next must not find this arena beside the new one.
                _log.Write(LogLevel.Critical, error);
                Report(_store?.Forget(KeptDescriptors.ArenaName, -1, wait: true) ?? Errno.Success);
            }

            return TryCreateArena(out arena, out error);
        }

        if (StateArena.TryAdopt(_kept.Arena, out arena, out error) && TryClaim(arena, out error))
        {
            return true;
        }

        arena?.Dispose();
        arena = null;
        return false;
    }

    private bool TryCreateArena([NotNullWhen(true)] out StateArena? arena, [NotNullWhen(false)] out string? error) =>
        StateArena.TryCreate(_options.Limits, out arena, out error) && TryClaim(arena, out error);

    private static bool TryClaim(StateArena arena, [NotNullWhen(false)] out string? error)
    {
        for (TimeSpan waited = TimeSpan.Zero; ; waited += ClaimInterval)
        {
            if (arena.TryClaim(out int owner))
            {
                error = null;
                return true;
            }

            if (waited >= ClaimPatience)
            {
                error = $"process {owner} still serves with the same state; two must not";
                return false;
            }

            Thread.Sleep(ClaimInterval);
        }
    }

    /// <summary>The device of an earlier process, or a newly opened one.</summary>
    private ITeeDevice? GetDevice(CancellationToken stopped, out string error)
    {
        if (_kept is null)
        {
            ITeeDevice? device = OpenDevice(stopped, out error);
            _node = device as TeeDevice;
            return device;
        }

        int result = TeeDevice.Adopt(_kept.Device, out _node);
        error = result == Errno.Success ? "" : $"what was kept as the device is none: {Errno.Name(result)}";
        return _node;
    }

    /// <summary>The limits that the arena was made with; an earlier process may have had others.</summary>
    private SupplicantLimits LimitsOf(StateArena arena) =>
        _options.Limits with { MaximumThreads = arena.Layout.SlotCount - ArenaLayout.SpareSlots };

    private bool TryGetMemory(
        ITeeDevice device,
        StateArena arena,
        [NotNullWhen(true)] out SharedMemoryTable? memory,
        [NotNullWhen(false)] out string? error)
    {
        SupplicantLimits limits = LimitsOf(arena);
        return _kept is null
            ? SharedMemoryTable.TryCreate(device, arena, limits, _keeper, out memory, out error)
            : SharedMemoryTable.TryAdopt(device, arena, limits, _keeper, _kept.Memory, out memory, out error);
    }

    private void KeepDevice(ITeeDevice device, StateArena arena)
    {
        if (_store is null || _kept is not null || device is not TeeDevice node)
        {
            return;
        }

        // The arena first: a device without it can neither be gone on with nor opened again.
        int error = _store.Keep(arena.Descriptor, KeptDescriptors.ArenaName, -1, wait: true);
        Report(error == Errno.Success
            ? _store.Keep(node.Descriptor, KeptDescriptors.DeviceName, -1, wait: true)
            : error);
    }

    /// <summary>
    /// Before the first request: everything is safe in the store. A supplicant that dies before has done nothing yet.
    /// </summary>
    private void AwaitStore()
    {
        if (_store is not null && _keeper is not null)
        {
            Report(_kept is null ? _store.Barrier(StorePatience) : Errno.Success);
            _keeper.IsServing = true;
        }
    }

    private void Report(int error)
    {
        if (error != Errno.Success)
        {
            _log.Write(
                LogLevel.Error,
                $"the state cannot be kept with the service manager: {Errno.Name(error)}. A restart will interrupt who "
                + "waits for the secure world.");
        }
    }

    private void Succeed(SupplicantServer server, SharedMemoryTable memory)
    {
        if (_kept is null)
        {
            return;
        }

        // After an orderly succession nothing is ever found.
        int error = server.Succeed(memory, _options.Predecessor is null ? LogLevel.Notice : LogLevel.Debug);
        if (error != Errno.Success)
        {
            _log.Write(LogLevel.Error, $"lost buffers of the pool cannot be registered again: {Errno.Name(error)}");
        }
    }
}
