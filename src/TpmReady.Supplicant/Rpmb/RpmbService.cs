// SPDX-License-Identifier: MIT

using System;
using System.Runtime.InteropServices;
using System.Threading;
using TpmReady.Linux.MultiMediaCard;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Rpmb;

/// <summary>
/// RPMB: memory in (a header of 6 bytes, then frames) and memory out (frames, or what the device is). The frames are
/// between the secure world and the device; this only sees to it that they have the shape that the device expects.
/// </summary>
/// <remarks>
/// The secure world can change its buffers at any time, so the request is copied before anything is decided, and the
/// answer is made elsewhere and copied at the end: buffers that overlap each other do no harm, either. One device takes
/// one exchange at a time, so one pair of buffers is enough; pages of them that no request touched cost nothing.
/// </remarks>
internal sealed unsafe class RpmbService : IRpcService, IDisposable
{
    /// <summary>The most frames in one direction: what one command may transfer.</summary>
    public const int MaximumFrames = MultiMediaCardAbi.MaximumTransfer / RpmbFrame.Size;

    // struct rpmb_req in OP-TEE's core/tee/tee_rpmb_fs.c: command at 0, device at 2, block count at 4, in the byte
    // order of the machine. The block count often has stale bytes, and the number of frames says it all.
    private const int HeaderSize = 6;
    private const int DeviceOffset = 2;
    private const ushort DataCommand = 0;
    private const ushort InformationCommand = 1;

    private readonly Lock _lock = new();
    private readonly IRpmbDevice _device;
    private readonly ILog _log;
    private byte* _request = (byte*)NativeMemory.AllocZeroed(MultiMediaCardAbi.MaximumTransfer);
    private byte* _response = (byte*)NativeMemory.AllocZeroed(MultiMediaCardAbi.MaximumTransfer);

    /// <summary>A service for one device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="log">Where it is told that a key was programmed; never which.</param>
    public RpmbService(IRpmbDevice device, ILog log)
    {
        _device = device;
        _log = log;
    }

    /// <inheritdoc/>
    public RpcFunction Function => RpcFunction.Rpmb;

    /// <inheritdoc/>
    public TeeResult Invoke(ref RpcRequest request)
    {
        if (!request.HasTypes(TeeParameterType.MemoryInput, TeeParameterType.MemoryOutput))
        {
            return TeeResult.BadParameters;
        }

        Span<byte> input = request.GetMemory(0).Bytes;
        Span<byte> output = request.GetMemory(1).Bytes;
        if (input.Length < HeaderSize)
        {
            return TeeResult.BadParameters;
        }

        Span<byte> header = stackalloc byte[HeaderSize];
        input[..HeaderSize].CopyTo(header);
        ushort device = MemoryMarshal.Read<ushort>(header[DeviceOffset..]);
        return MemoryMarshal.Read<ushort>(header) switch
        {
            DataCommand => Exchange(device, input[HeaderSize..], output),
            InformationCommand => Describe(device, input.Length, output),
            _ => TeeResult.BadParameters,
        };
    }

    /// <summary>What a device was told cannot be taken back; the secure world reads the write counter anew.</summary>
    public void Undo(ref RpcRequest request)
    {
    }

    /// <inheritdoc/>
    public void AbortWaits() => _device.AbortWaits();

    /// <inheritdoc/>
    public void LetGo()
    {
        lock (_lock)
        {
            _device.LetGo();
        }
    }

    /// <summary>Frees the buffers; no request may be served any more.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_request);
        NativeMemory.Free(_response);
        _request = _response = null;
    }

    private TeeResult Describe(ushort device, int inputLength, Span<byte> output)
    {
        if (inputLength != HeaderSize || output.Length != RpmbInformation.Size)
        {
            return TeeResult.BadParameters;
        }

        TeeResult result;
        RpmbInformation information;
        lock (_lock)
        {
            result = _device.Describe(device, out information);
        }

        if (result == TeeResult.Success)
        {
            information.CopyTo(output);
        }

        return result;
    }

    private TeeResult Exchange(ushort device, ReadOnlySpan<byte> input, Span<byte> output)
    {
        int asked = input.Length / RpmbFrame.Size;
        int answers = output.Length / RpmbFrame.Size;
        if (asked is 0 or > MaximumFrames || answers is 0 or > MaximumFrames)
        {
            return TeeResult.BadParameters;
        }

        lock (_lock)
        {
            Span<byte> request = new(_request, asked * RpmbFrame.Size);
            Span<byte> response = new(_response, answers * RpmbFrame.Size);
            input[..request.Length].CopyTo(request);
            response.Clear();
            TeeResult result = Pass(device, request, response);
            if (result == TeeResult.Success)
            {
                response.CopyTo(output);
            }

            // It may have been the key.
            request.Clear();
            return result;
        }
    }

    /// <summary>Passes private copies on, if they have the right shape.</summary>
    private TeeResult Pass(ushort device, Span<byte> request, Span<byte> response)
    {
        RpmbMessageType type = RpmbFrame.At(request, 0).Type;
        int asked = request.Length / RpmbFrame.Size;
        for (int i = 1; i < asked; i++)
        {
            if (RpmbFrame.At(request, i).Type != type)
            {
                return TeeResult.BadParameters;
            }
        }

        bool isOneFrame = asked == 1;
        bool isAnsweredByOne = response.Length == RpmbFrame.Size;
        bool fits;
        switch (type)
        {
            case RpmbMessageType.ProgramKey or RpmbMessageType.Write:
                fits = isAnsweredByOne;
                break;
            case RpmbMessageType.ReadCounter:
                fits = isOneFrame && isAnsweredByOne;
                break;
            case RpmbMessageType.Read:
                fits = isOneFrame;
                break;
            default:
                return TeeResult.Generic;
        }

        if (!fits)
        {
            return TeeResult.BadParameters;
        }

        TeeResult result = _device.Exchange(device, type, request, response);
        if (type == RpmbMessageType.ProgramKey && result == TeeResult.Success)
        {
            _log.Write(
                LogLevel.Warning,
                "The secure world asked to program the RPMB's key, which is possible once; the device answered "
                + $"{RpmbFrame.At(response, 0).Result}.");
        }

        return result;
    }
}
