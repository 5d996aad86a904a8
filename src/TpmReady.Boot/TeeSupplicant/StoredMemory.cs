// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Handover;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.SharedMemory;
using TpmReady.Systemd;

namespace TpmReady.Boot.TeeSupplicant;

/// <summary>Keeps shared memory in the service manager's store.</summary>
internal sealed class StoredMemory(DescriptorStore store, ILog log) : IMemoryKeeper
{
    private readonly Lock _lock = new();
    private volatile List<TeeMemory>? _held;
    private volatile bool _failed;

    /// <summary>
    /// Whether requests are being served. The service manager may itself wait for the TPM then, so nothing waits for it.
    /// </summary>
    public bool IsServing { get; set; }

    /// <summary>
    /// From now on everything is held back: the service manager does not listen to this process yet.
    /// </summary>
    public void Hold() => _held = [];

    /// <summary>The service manager listens: it is told what was held back, in the order in which it happened.</summary>
    public void Release()
    {
        lock (_lock)
        {
            foreach (TeeMemory memory in _held ?? [])
            {
                Report(memory.Descriptor >= 0 ? KeepNow(memory) : ForgetNow(memory.Id));
            }

            _held = null;
            IsServing = true;
        }
    }

    /// <inheritdoc/>
    public void Keep(TeeMemory memory)
    {
        if (!TryHold(memory))
        {
            Report(KeepNow(memory));
        }
    }

    /// <inheritdoc/>
    public void Forget(int id)
    {
        if (!TryHold(new TeeMemory(-1, id, 0)))
        {
            Report(ForgetNow(id));
        }
    }

    private bool TryHold(TeeMemory memory)
    {
        if (_held is null)
        {
            return false;
        }

        lock (_lock)
        {
            if (memory.Descriptor < 0)
            {
                // What was to be kept may be closed by now, and its number another descriptor's.
                _ = _held?.RemoveAll(each => each.Id == memory.Id);
            }

            _held?.Add(memory);
            return _held is not null;
        }
    }

    private int KeepNow(TeeMemory memory) =>
        store.Keep(memory.Descriptor, KeptDescriptors.MemoryName, memory.Id, wait: !IsServing);

    private int ForgetNow(int id) => store.Forget(KeptDescriptors.MemoryName, id, wait: !IsServing);

    private void Report(int error)
    {
        if (error != Errno.Success && !_failed)
        {
            _failed = true;
            log.Write(
                LogLevel.Warning,
                $"the service manager's store cannot be reached ({Errno.Name(error)}): a successor may lack a buffer");
        }
    }
}
