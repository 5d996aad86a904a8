// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Fake;

/// <summary>
/// The kernel's OP-TEE driver as a supplicant meets it (drivers/tee/tee_core.c, tee_shm.c, optee/supp.c), in this
/// process. The same contract that tests the real driver tests this one: <see cref="DeviceContract"/>.
/// </summary>
/// <remarks>
/// Receivers block in a real system call, so that real signals interrupt them. What the real kernel would suffer from
/// (an Oops, silent corruption) is recorded in <see cref="Violations"/>. Serving a request allocates nothing.
/// </remarks>
internal sealed partial class FakeKernel : IDisposable
{
    private const int Capacity = 65536;
    private readonly FakeKernelOptions _options;
    private readonly RequestQueue _queue = new(Capacity);
    private readonly FakeRequest?[] _requests = new FakeRequest?[1024];
    private readonly FakeMemory?[] _memory = new FakeMemory?[8192];
    private readonly List<string> _violations = [];
    private readonly int _wakeUps = Libc.EventFd(0, Libc.EFD_CLOEXEC | EfdSemaphore);
    private FakeTeeDevice? _context;
    private FakeRequest? _outstanding;
    private const int EfdSemaphore = 1;

    public FakeKernel(FakeKernelOptions? options = null) => _options = options ?? new FakeKernelOptions();

    /// <summary>Guards everything; pulsed on each change.</summary>
    internal object Gate { get; } = new();

    /// <summary>What a supplicant did that it must not do.</summary>
    public IReadOnlyList<string> Violations
    {
        get
        {
            lock (Gate)
            {
                return [.. _violations];
            }
        }
    }

    /// <summary>Errors that the next calls of RECV answer before they look at the queue.</summary>
    public Queue<int> ReceiveErrors { get; } = new();

    /// <summary>Errors that the next calls of RECV answer when they were woken; a request stays queued then.</summary>
    public Queue<int> ReceiveErrorsAfterWake { get; } = new();

    /// <summary>Errors that the next registrations and allocations of memory answer.</summary>
    public Queue<int> MemoryErrors { get; } = new();

    /// <summary>Errors that the next SENDs answer, without any effect.</summary>
    public Queue<int> SendErrors { get; } = new();

    /// <summary>How many threads are blocked in RECV.</summary>
    public int Receivers { get; private set; }

    /// <summary>How many objects exist, held by whomever.</summary>
    public int LiveMemory
    {
        get
        {
            lock (Gate)
            {
                return _memory.Count(static memory => memory is not null);
            }
        }
    }

    /// <summary>How often memory was registered or allocated.</summary>
    public int Registrations { get; private set; }

    /// <summary>Opens a node.</summary>
    /// <returns>EBUSY while another supplicant's context lives, even after its death.</returns>
    public (int Error, ITeeDevice? Device) Open(string path = "/dev/teepriv0")
    {
        bool isPrivileged = path.StartsWith("/dev/teepriv", StringComparison.Ordinal);
        if (path is not ("/dev/teepriv0" or "/dev/tee0"))
        {
            return (Errno.ENOENT, null);
        }

        lock (Gate)
        {
            if (isPrivileged && _context is not null)
            {
                return (Errno.EBUSY, null);
            }

            var version = new TeeVersion(
                _options.Implementation,
                1,
                _options.GeneralCapabilities | (isPrivileged ? TeeVersion.Privileged : 0));
            var device = new FakeTeeDevice(this, version, isPrivileged);
            if (isPrivileged)
            {
                _context = device;
                Monitor.PulseAll(Gate);
            }

            return (Errno.Success, device);
        }
    }

    /// <summary>Queues a request.</summary>
    /// <param name="function">What is asked for.</param>
    /// <param name="noWait">In-kernel clients do not wait for a supplicant to appear (supp_nowait).</param>
    /// <param name="parameters">The parameters.</param>
    public FakeRequest Submit(RpcFunction function, bool noWait, params TeeParameter[] parameters)
    {
        var request = new FakeRequest(this, function, parameters);
        for (int i = 0; i < parameters.Length; i++)
        {
            if (parameters[i].Type == TeeParameterType.ValueOutput)
            {
                parameters[i] = new TeeParameter { Attributes = parameters[i].Attributes };
            }
        }

        lock (Gate)
        {
            if (_context is null && noWait)
            {
                End(request, TeeResult.Communication);
                return request;
            }

            if (_options.NumbersAtQueueTime)
            {
                Number(request);
            }

            _queue.Add(request);
            WakeOne();
            Monitor.PulseAll(Gate);
        }

        return request;
    }

    /// <summary>Queues a request of a client that waits.</summary>
    public FakeRequest Submit(RpcFunction function, params TeeParameter[] parameters) =>
        Submit(function, noWait: false, parameters);

    /// <summary>Wakes all that wait in RECV, so that they meet injected errors.</summary>
    public void WakeReceivers()
    {
        lock (Gate)
        {
            for (int i = 0; i < Receivers; i++)
            {
                WakeOne();
            }
        }
    }

    /// <summary>Waits until so many threads are blocked in RECV.</summary>
    public void WaitForReceivers(int count)
    {
        lock (Gate)
        {
            while (Receivers != count)
            {
                if (!Monitor.Wait(Gate, TimeSpan.FromSeconds(10)))
                {
                    throw new TimeoutException($"{Receivers} threads receive, not {count}.");
                }
            }
        }
    }

    /// <summary>Ends the supplicant's process as SIGKILL does: all its descriptors close at once.</summary>
    public void KillSupplicant()
    {
        lock (Gate)
        {
            FakeTeeDevice? device = _context;
            foreach (FakeMemory? memory in _memory)
            {
                if (memory is { HasUserReference: true })
                {
                    memory.HasUserReference = false;
                    RemoveIfDead(memory);
                }
            }

            device?.Dispose();
        }
    }

    public void Dispose()
    {
        lock (Gate)
        {
            ReceiveErrors.Clear();
        }

        _ = Libc.Close(_wakeUps);
    }

    internal void Kill(FakeRequest request)
    {
        lock (Gate)
        {
            if (request.State == FakeRequestState.Queued)
            {
                _queue.Remove(request);
                ForgetNumber(request);
                End(request, TeeResult.Communication);
            }
            else if (request.State == FakeRequestState.Delivered)
            {
                request.IsRevoked = true;
                End(request, TeeResult.Communication);
            }
        }
    }

    /// <summary>
    /// The descriptor is closed. The context lives on while any of its memory does (tee_context's reference count).
    /// </summary>
    internal void Close(FakeTeeDevice device)
    {
        lock (Gate)
        {
            device.IsOpen = false;
            ReleaseContextIfUnused();
            Monitor.PulseAll(Gate);
        }
    }

    private void ReleaseContextIfUnused()
    {
        if (_context is null || _context.IsOpen || _memory.Any(static memory => memory is not null))
        {
            return;
        }

        // optee_supp_release: every request, delivered or not, ends with TEEC_ERROR_COMMUNICATION.
        _context = null;
        _outstanding = null;
        while (_queue.TryTake(out FakeRequest? queued))
        {
            End(queued, TeeResult.Communication);
        }

        foreach (FakeRequest? request in _requests)
        {
            if (request is { State: not FakeRequestState.Done })
            {
                End(request, TeeResult.Communication);
            }
        }

        Array.Clear(_requests);
    }

    private void End(FakeRequest request, TeeResult result)
    {
        request.Result = result;
        request.State = FakeRequestState.Done;
        Monitor.PulseAll(Gate);
    }

    private void Number(FakeRequest request)
    {
        for (int id = 1; id < _requests.Length; id++)
        {
            if (_requests[id] is null)
            {
                _requests[id] = request;
                request.Id = id;
                return;
            }
        }

        throw new InvalidOperationException("More requests than a secure world can have.");
    }

    private void ForgetNumber(FakeRequest request)
    {
        if (request.Id > 0)
        {
            _requests[request.Id] = null;
        }
    }

    private void Violate(string what) => _violations.Add(what);

    private unsafe void WakeOne()
    {
        ulong one = 1;
        _ = Libc.Write(_wakeUps, &one, sizeof(ulong));
    }
}
