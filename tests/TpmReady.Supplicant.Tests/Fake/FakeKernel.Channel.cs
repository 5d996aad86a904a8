// SPDX-License-Identifier: MIT

using System;
using System.Runtime.InteropServices;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Fake;

/// <content>RECV and SEND: tee_ioctl_supp_recv and tee_ioctl_supp_send, optee_supp_recv and optee_supp_send.</content>
internal sealed unsafe partial class FakeKernel
{
    internal int Receive(FakeTeeDevice device, nint argument, int length)
    {
        if (!CheckArgument(device, argument, length, out int error))
        {
            return error;
        }

        int room = *(int*)(argument + 4);
        if (length != TeeAbi.ArgumentHeaderSize + ((long)room * TeeParameter.Size) || room < 1)
        {
            return Errno.EINVAL;
        }

        Span<TeeParameter> parameters = ParametersOf(argument, room);
        bool offersNumber = parameters[0].Attributes == TeeParameter.Meta;
        for (int i = offersNumber ? 1 : 0; i < room; i++)
        {
            // The oldest kernels did not look at what came in.
            if (parameters[i].Attributes != 0 && !_options.IsAncient)
            {
                return Errno.EINVAL;
            }
        }

        return ReceiveChecked(argument, parameters, offersNumber && !_options.IsAncient);
    }

    internal int Send(FakeTeeDevice device, nint argument, int length)
    {
        if (!CheckArgument(device, argument, length, out int error))
        {
            return error;
        }

        int count = *(int*)(argument + 4);
        if (count < 0 || length < TeeAbi.ArgumentHeaderSize + ((long)count * TeeParameter.Size))
        {
            return Errno.EINVAL;
        }

        Span<TeeParameter> parameters = ParametersOf(argument, count);
        foreach (ref TeeParameter parameter in parameters)
        {
            if ((parameter.Attributes & ~TeeAbi.AttributeMask) != 0)
            {
                return Errno.EINVAL;
            }
        }

        lock (Gate)
        {
            if (SendErrors.TryDequeue(out error))
            {
                return error;
            }

            return Answer((TeeResult)(*(uint*)argument), parameters);
        }
    }

    private int ReceiveChecked(nint argument, Span<TeeParameter> parameters, bool isNumbered)
    {
        bool wasWoken = false;
        while (true)
        {
            lock (Gate)
            {
                if ((wasWoken && ReceiveErrorsAfterWake.TryDequeue(out int error))
                    || ReceiveErrors.TryDequeue(out error))
                {
                    WakeOne();
                    return error;
                }

                if (!CanTakeNext(out error))
                {
                    return error;
                }

                if (_queue.TryPeek(out FakeRequest? request))
                {
                    if (parameters.Length - (isNumbered ? 1 : 0) < request.Parameters.Length)
                    {
                        return Errno.EINVAL;
                    }

                    _ = _queue.TryTake(out _);
                    Deliver(request, argument, parameters, isNumbered);
                    return Errno.Success;
                }

                Receivers++;
                Monitor.PulseAll(Gate);
            }

            int result = WaitForWakeUp();
            lock (Gate)
            {
                Receivers--;
                Monitor.PulseAll(Gate);
            }

            if (result != Errno.Success)
            {
                return result;
            }

            wasWoken = true;
        }
    }

    /// <summary>Without numbers only one request may be out. The oldest kernels give up the one before.</summary>
    private bool CanTakeNext(out int error)
    {
        error = Errno.Success;
        if (_outstanding is null)
        {
            return true;
        }

        if (!_options.IsAncient)
        {
            error = Errno.EINVAL;
            return false;
        }

        Violate("RECV before SEND aborted a request");
        End(_outstanding, TeeResult.Communication);
        _outstanding = null;
        return true;
    }

    private int WaitForWakeUp()
    {
        ulong value;
        return Libc.Read(_wakeUps, &value, sizeof(ulong)) == sizeof(ulong) ? Errno.Success : Libc.LastError;
    }

    private void Deliver(FakeRequest request, nint argument, Span<TeeParameter> parameters, bool isNumbered)
    {
        int next = 0;
        if (isNumbered)
        {
            if (request.Id == 0)
            {
                Number(request);
            }

            parameters[next++] = new TeeParameter { Attributes = TeeAbi.RequestIdAttribute, A = (ulong)request.Id };
        }
        else
        {
            _outstanding = request;
        }

        request.Parameters.CopyTo(parameters[next..]);
        *(uint*)argument = (uint)request.Function;
        *(int*)(argument + 4) = next + request.Parameters.Length;
        request.State = FakeRequestState.Delivered;
        Monitor.PulseAll(Gate);
    }

    private int Answer(TeeResult result, Span<TeeParameter> parameters)
    {
        int first = 0;
        FakeRequest? request = _outstanding;
        if (request is null)
        {
            if (parameters.Length == 0 || parameters[0].Attributes != TeeAbi.RequestIdAttribute)
            {
                return Errno.EINVAL;
            }

            ulong id = parameters[0].A;
            request = id < (ulong)_requests.Length ? _requests[id] : null;
            if (request is null)
            {
                return Errno.ENOENT;
            }

            first = 1;
        }

        if (request.IsRevoked)
        {
            ForgetNumber(request);
            _outstanding = null;
            return Errno.EBADF;
        }

        if (parameters.Length - first != request.Parameters.Length)
        {
            return Errno.EINVAL;
        }

        // Only now: an answer of the wrong shape harms nothing, and a successor asks with one whether a number lives.
        if (request.State == FakeRequestState.Queued)
        {
            Violate("SEND for a request that nobody received: the real kernel corrupts its queue");
            return Errno.EINVAL;
        }

        CopyBack(request, parameters[first..]);
        ForgetNumber(request);
        _outstanding = null;
        End(request, result);
        return Errno.Success;
    }

    private void CopyBack(FakeRequest request, Span<TeeParameter> answer)
    {
        for (int i = 0; i < answer.Length; i++)
        {
            ref TeeParameter parameter = ref request.Parameters[i];
            if (answer[i].Attributes != parameter.Attributes)
            {
                Violate($"{request.Function}: attribute of parameter {i} was changed");
            }

            switch (parameter.Type)
            {
                case TeeParameterType.ValueOutput or TeeParameterType.ValueInOut:
                    (parameter.A, parameter.B, parameter.C) = (answer[i].A, answer[i].B, answer[i].C);
                    break;
                case TeeParameterType.MemoryOutput or TeeParameterType.MemoryInOut:
                    parameter.B = answer[i].B;
                    break;
                default:
                    if (answer[i].A != parameter.A || answer[i].B != parameter.B || answer[i].C != parameter.C)
                    {
                        Violate($"{request.Function}: input parameter {i} was changed");
                    }

                    break;
            }
        }
    }

    private bool CheckArgument(FakeTeeDevice device, nint argument, int length, out int error)
    {
        error = !device.IsOpen ? Errno.EBADF
            : !device.IsPrivileged ? Errno.EINVAL
            : length < TeeAbi.ArgumentHeaderSize || length > _options.ArgumentLimit ? Errno.EINVAL
            : argument == 0 ? Errno.EFAULT
            : Errno.Success;
        return error == Errno.Success;
    }

    private static Span<TeeParameter> ParametersOf(nint argument, int count) => MemoryMarshal.CreateSpan(
        ref *(TeeParameter*)(argument + TeeAbi.ArgumentHeaderSize), count);
}
