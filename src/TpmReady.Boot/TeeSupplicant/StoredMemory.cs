// SPDX-License-Identifier: MIT

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
    private volatile bool _failed;

    /// <summary>
    /// Whether requests are being served. The service manager may itself wait for the TPM then, so nothing waits for it.
    /// </summary>
    public bool IsServing { get; set; }

    /// <inheritdoc/>
    public void Keep(TeeMemory memory) =>
        Report(store.Keep(memory.Descriptor, KeptDescriptors.MemoryName, memory.Id, wait: !IsServing));

    /// <inheritdoc/>
    public void Forget(int id) => Report(store.Forget(KeptDescriptors.MemoryName, id, wait: !IsServing));

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
