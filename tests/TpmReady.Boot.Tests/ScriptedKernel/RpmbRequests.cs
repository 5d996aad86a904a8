// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>Requests to an RPMB (OPTEE_MSG_RPC_CMD_RPMB): frames of 512 bytes after a header of 6.</summary>
internal sealed class RpmbRequests(ISecureWorld world)
{
    public const uint Function = 1;
    private const int Frame = 512;
    private const int Header = 6;
    private readonly SharedBuffer _request = world.Allocate(4096);
    private readonly SharedBuffer _response = world.Allocate(4096);

    /// <summary>The reply to GET_DEV_INFO.</summary>
    public Reply Information()
    {
        world.Kernel.Write(_request, 0, [1, 0, 0, 0, 0, 0]);
        return world.Call(
            Function, Parameter.MemoryInput(_request, Header), Parameter.MemoryOutput(_response, 19));
    }

    /// <summary>What GET_DEV_INFO brought.</summary>
    public byte[] Answered(int length) => world.Kernel.Read(_response, 0, length);

    /// <summary>Sends frames of a type; without room for the answer if there are no response frames.</summary>
    public Reply Send(ushort type, int frames = 1, int responses = 1, Action<byte[]>? fill = null)
    {
        byte[] request = new byte[Header + (frames * Frame)];
        for (int i = 0; i < frames; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(Header + (i * Frame) + 510), type);
        }

        fill?.Invoke(request);
        world.Kernel.Write(_request, 0, request);
        return world.Call(
            Function,
            Parameter.MemoryInput(_request, request.Length),
            responses > 0
                ? Parameter.MemoryOutput(_response, responses * Frame) : Parameter.NullMemory(6, Frame));
    }

    /// <summary>The counter in the answer's frame.</summary>
    public uint Counter() => BinaryPrimitives.ReadUInt32BigEndian(world.Kernel.Read(_response, 500, 4));

    /// <summary>The 256 bytes of data in the answer's frame.</summary>
    public byte[] Data() => world.Kernel.Read(_response, 228, 256);

    /// <summary>The result in the answer's frame.</summary>
    public int Result() => BinaryPrimitives.ReadUInt16BigEndian(world.Kernel.Read(_response, 508, 2));
}
