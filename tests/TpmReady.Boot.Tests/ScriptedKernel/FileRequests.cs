// SPDX-License-Identifier: MIT

using System;
using System.Text;

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>
/// Requests of OP-TEE's file system (optee_msg_supplicant.h, OPTEE_MSG_RPC_CMD_FS), with their buffers.
/// </summary>
internal sealed class FileRequests(ISecureWorld world)
{
    private const uint Function = 2;
    private const int NameSize = 350;
    private readonly SharedBuffer _names = world.Allocate(4096);
    private readonly SharedBuffer _data = world.Allocate(8192);

    public Reply Open(string name) => Call(Value(0), Name(name), Parameter.ValueOutput());

    public Reply Create(string name) => Call(Value(1), Name(name), Parameter.ValueOutput());

    /// <summary>Creates, and returns the handle.</summary>
    public ulong Make(string name)
    {
        Reply reply = Create(name);
        return reply.IsSuccess
            ? reply.Parameters[2].A : throw new InvalidOperationException($"creating {name}: {reply.Name}");
    }

    public Reply Close(ulong handle) => Call(Value(2, handle));

    public Reply Read(ulong handle, ulong offset, int length) =>
        Call(Value(3, handle, offset), Parameter.MemoryOutput(_data, length));

    /// <summary>What the last read brought.</summary>
    public string Text(int length) => Encoding.UTF8.GetString(world.Kernel.Read(_data, 0, length));

    public Reply Write(ulong handle, ulong offset, string text)
    {
        byte[] data = Encoding.UTF8.GetBytes(text);
        world.Kernel.Write(_data, 0, data);
        return Call(Value(4, handle, offset), Parameter.MemoryInput(_data, data.Length));
    }

    public Reply Truncate(ulong handle, ulong length) => Call(Value(5, handle, length));

    public Reply Remove(string name) => Call(Value(6), Name(name));

    public Reply Rename(string from, string to, bool overwrite) =>
        Call(Value(7, overwrite ? 1UL : 0), Name(from), Name(to, 1024));

    public Reply OpenDirectory(string name) => Call(Value(8), Name(name), Parameter.ValueOutput());

    public Reply CloseDirectory(ulong handle) => Call(Value(9, handle));

    public Reply ReadDirectory(ulong handle, int room) =>
        Call(Value(10, handle), Parameter.MemoryOutput(_data, room));

    /// <summary>Any file system request.</summary>
    public Reply Call(params Parameter[] parameters) => world.Call(Function, parameters);

    /// <summary>Creates with a name of which the reference covers only the first bytes.</summary>
    public Reply CreateWithLength(string name, int length) => Call(
        Value(1), Name(name) with { B = (ulong)length }, Parameter.ValueOutput());

    private static Parameter Value(ulong operation, ulong b = 0, ulong c = 0) => Parameter.ValueInput(operation, b, c);

    private Parameter Name(string name, int offset = 0)
    {
        byte[] bytes = new byte[NameSize];
        Encoding.UTF8.GetBytes(name, bytes);
        world.Kernel.Write(_names, offset, bytes);
        return Parameter.MemoryInput(_names, NameSize, offset);
    }
}
