// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Channel;
using TpmReady.Supplicant.Handover;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Server;

/// <summary>
/// Serves one received request: finds the service, calls it, and sees its answer off. Survives everything.
/// </summary>
internal sealed class Dispatcher
{
    private readonly IRpcService?[] _services = new IRpcService?[SupplicantStatistics.FunctionLimit];
    private readonly RpcChannel _channel;
    private readonly ISharedMemory _memory;
    private readonly SupplicantStatistics _statistics;
    private readonly ILog _log;
    private readonly RequestTrace _trace;

    public Dispatcher(
        RpcChannel channel,
        IEnumerable<IRpcService> services,
        ISharedMemory memory,
        SupplicantStatistics statistics,
        ILog log)
    {
        _channel = channel;
        _memory = memory;
        _statistics = statistics;
        _log = log;
        _trace = new RequestTrace(log);
        foreach (IRpcService service in services)
        {
            ref IRpcService? place = ref _services[(int)service.Function];
            if (place is not null)
            {
                throw new ArgumentException($"Two services for {service.Function}.", nameof(services));
            }

            place = service;
        }
    }

    /// <summary>Tells every service that the supplicant is about to end.</summary>
    public void AbortWaits()
    {
        foreach (IRpcService? service in _services)
        {
            service?.AbortWaits();
        }
    }

    /// <summary>Serves the request in the slot, to the end.</summary>
    public void Serve(RpcSlot slot, in RpcFrame frame)
    {
        RpcRequest request = CreateRequest(slot, frame, isRepeat: false, out IRpcService? service);
        Serve(slot, frame, ref request, service);
    }

    /// <summary>Serves a request that an earlier process received and did not answer.</summary>
    public void Repeat(in LeftRequest left)
    {
        RpcSlot slot = left.Slot;
        slot.PrepareAnswer(left.Frame.Count);
        slot.Arrival = Stopwatch.GetTimestamp();
        slot.State = SlotState.Received;
        RpcRequest request = CreateRequest(slot, left.Frame, isRepeat: true, out IRpcService? service);
        PrepareRepeat(service, ref request);
        Serve(slot, left.Frame, ref request, left.WasBegun ? InterruptedService.Instance : service);
    }

    /// <summary>Concludes a request that an earlier process answered, or whose requester is gone.</summary>
    public void Conclude(in LeftRequest left)
    {
        RpcSlot slot = left.Slot;
        RpcRequest request = CreateRequest(slot, left.Frame, isRepeat: true, out IRpcService? service);
        int error = left.Fate == LeftFate.Answered ? Errno.Success : Errno.ENOENT;
        Conclude(service, ref request, (TeeResult)slot.Result, error);
        request.Dispose();
        slot.State = SlotState.Free;
    }

    private RpcRequest CreateRequest(RpcSlot slot, in RpcFrame frame, bool isRepeat, out IRpcService? service)
    {
        var function = (RpcFunction)slot.Function;
        service = (uint)function < (uint)_services.Length ? _services[(int)function] : null;
        Span<TeeParameter> parameters = slot.AnswerParameters(frame.Count)[frame.TransportCount..];
        return new RpcRequest(function, slot.Number, parameters, _memory) { IsRepeat = isRepeat };
    }

    private void Serve(RpcSlot slot, in RpcFrame frame, ref RpcRequest request, IRpcService? service)
    {
        RpcFunction function = request.Function;
        TeeResult result = TeeResult.Generic;
        try
        {
            result = Invoke(service, ref request, slot, frame);
            int error = Send(slot, frame, result);
            Conclude(service, ref request, result, error);
            if (error != Errno.Success && error is not (Errno.ENOENT or Errno.EBADF))
            {
                EndRejected(slot, frame, function, error);
            }

            _trace.Write(ref request, result, error, slot.Arrival);
        }
        finally
        {
            request.Dispose();
            slot.State = SlotState.Free;
            _statistics.End(function, result, slot.Arrival);
        }
    }

    private TeeResult Invoke(IRpcService? service, ref RpcRequest request, RpcSlot slot, in RpcFrame frame)
    {
        if (frame.IsMalformed)
        {
            return TeeResult.BadParameters;
        }

        if (service is null)
        {
            return TeeResult.NotSupported;
        }

        try
        {
            if (!service.CanRepeat(ref request))
            {
                slot.Note = 1;
            }

            return service.Invoke(ref request);
        }
        catch (Exception exception)
        {
            _statistics.AddException();
            _log.Write(LogLevel.Error, $"internal error while serving {request.Function}: {exception}");
            TakeBack(service, ref request);
            slot.PrepareAnswer(frame.Count);
            return exception is OutOfMemoryException ? TeeResult.OutOfMemory : TeeResult.Generic;
        }
    }

    private int Send(RpcSlot slot, in RpcFrame frame, TeeResult result)
    {
        int error = _channel.Send(slot, frame, result);
        for (int i = 0; i < 100 && error is Errno.EINTR or Errno.EAGAIN or Errno.ENOMEM; i++)
        {
            Thread.Sleep(10);
            error = _channel.Send(slot, frame, result);
        }

        return error;
    }

    private void Conclude(IRpcService? service, ref RpcRequest request, TeeResult result, int error)
    {
        if (error is Errno.ENOENT or Errno.EBADF)
        {
            _statistics.AddRevoked();
        }

        if (service is null)
        {
            return;
        }

        if (error == Errno.Success)
        {
            try
            {
                service.Delivered(ref request);
            }
            catch (Exception exception)
            {
                _statistics.AddException();
                _log.Write(LogLevel.Error, $"internal error after serving {request.Function}: {exception}");
            }
        }
        else if (result == TeeResult.Success)
        {
            TakeBack(service, ref request);
        }
    }

    private void PrepareRepeat(IRpcService? service, ref RpcRequest request)
    {
        try
        {
            service?.PrepareRepeat(ref request);
        }
        catch (Exception exception)
        {
            _statistics.AddException();
            _log.Write(LogLevel.Error, $"internal error before serving {request.Function} again: {exception}");
        }
    }

    private void TakeBack(IRpcService service, ref RpcRequest request)
    {
        try
        {
            service.Undo(ref request);
            _statistics.AddRolledBack();
        }
        catch (Exception exception)
        {
            _statistics.AddException();
            _log.Write(LogLevel.Error, $"internal error while taking back {request.Function}: {exception}");
        }
    }

    /// <summary>
    /// The kernel refused the answer's shape, so the request still waits. Failing it with what was received untouched
    /// is the one shape that must be right; otherwise the client would hang for good.
    /// </summary>
    private void EndRejected(RpcSlot slot, in RpcFrame frame, RpcFunction function, int error)
    {
        _statistics.AddRejected();
        slot.PrepareAnswer(frame.Count);
        int second = _channel.Send(slot, frame, TeeResult.Generic);
        _log.Write(
            LogLevel.Error,
            $"internal error: the kernel refused the answer to {function} ({Errno.Name(error)}); its effects were "
            + $"taken back, and the request was failed ({Errno.Name(second)})");
    }
}
