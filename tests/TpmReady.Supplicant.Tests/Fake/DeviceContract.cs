// SPDX-License-Identifier: MIT

using System;
using System.Runtime.InteropServices;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Device;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Fake;

/// <summary>
/// What the supplicant relies on in a device, checked from outside. It knows nothing of the fake and of no test
/// framework, so that the same checks run on a real node: the fake is only worth what it shares with the kernel.
/// </summary>
/// <remarks>
/// The contract must have the device to itself: no supplicant may serve it meanwhile. It answers each request that it
/// causes with ITEM_NOT_FOUND. A kernel that does not number requests cannot be checked with it.
/// </remarks>
internal sealed unsafe class DeviceContract(ITeeDevice device, IRequester requester)
{
    private const int Room = 8;

    // Much more than any argument, for lengths that are wrong; pinned, so that it has an address.
    private readonly byte[] _argument = GC.AllocateArray<byte>(8192, pinned: true);

    private nint Address => Marshal.UnsafeAddrOfPinnedArrayElement(_argument, 0);

    /// <summary>Runs every check.</summary>
    public void CheckAll()
    {
        CheckVersion();
        CheckReceiveShapes();
        CheckAnswers();
        CheckRoom();
        CheckOrder();
        CheckKilledWhileQueued();
        CheckKilledWhileServed();
        CheckMemory();
    }

    /// <summary>OP-TEE, and privileged.</summary>
    public void CheckVersion()
    {
        Require(device.Version.Implementation == TeeVersion.OpTee, "the implementation is OP-TEE");
        Require(device.Version.IsPrivileged, "the node is privileged");
    }

    /// <summary>RECV refuses every shape but the right one, and does not block when it does.</summary>
    public void CheckReceiveShapes()
    {
        Prepare(Room);
        RequireError(device.Receive(Address, Length(Room) - 1), Errno.EINVAL, "RECV with a short length");
        RequireError(device.Receive(Address, Length(Room) + 8), Errno.EINVAL, "RECV with a long length");
        RequireError(device.Receive(Address, 4), Errno.EINVAL, "RECV with less than a header");
        RequireError(device.Receive(Address, 8192), Errno.EINVAL, "RECV beyond the largest argument");
        Prepare(0);
        RequireError(device.Receive(Address, Length(0)), Errno.EINVAL, "RECV without parameters");
        Prepare(Room);
        Parameters(Room)[3].Attributes = (ulong)TeeParameterType.MemoryInput;
        RequireError(device.Receive(Address, Length(Room)), Errno.EINVAL, "RECV with a used parameter");
        Prepare(Room);
        Parameters(Room)[0].Attributes = TeeAbi.RequestIdAttribute;
        RequireError(device.Receive(Address, Length(Room)), Errno.EINVAL, "RECV with an answered request's number");
    }

    /// <summary>SEND takes one answer of the right shape, and no other.</summary>
    public void CheckAnswers()
    {
        int request = requester.Begin();
        int count = Receive();
        TeeParameter number = Parameters(count)[0];
        Require(number.Attributes == TeeAbi.RequestIdAttribute, "the first parameter is the request's number");
        Require(number is { A: > 0 and <= int.MaxValue, B: 0, C: 0 }, "the number is positive and alone");

        SetHeader((uint)TeeResult.ItemNotFound, count - 1);
        RequireError(device.Send(Address, Length(count)), Errno.EINVAL, "SEND with a parameter less");
        SetHeader((uint)TeeResult.ItemNotFound, count + 1);
        RequireError(device.Send(Address, Length(count)), Errno.EINVAL, "SEND shorter than its parameters");

        SetHeader((uint)TeeResult.ItemNotFound, count);
        Parameters(count)[0].Attributes = TeeParameter.Meta;
        RequireError(device.Send(Address, Length(count)), Errno.EINVAL, "SEND with a changed number attribute");
        Parameters(count)[0].Attributes = 0x200 | TeeAbi.RequestIdAttribute;
        RequireError(device.Send(Address, Length(count)), Errno.EINVAL, "SEND with an unknown attribute bit");
        Parameters(count)[0] = number;
        Parameters(count)[0].A = number.A + 900;
        RequireError(device.Send(Address, Length(count)), Errno.ENOENT, "SEND with an unknown number");
        Parameters(count)[0] = number;
        RequireError(device.Send(Address, Length(count)), Errno.Success, "SEND");
        requester.WaitForEnd(request);
        RequireError(device.Send(Address, Length(count)), Errno.ENOENT, "a second SEND");
    }

    /// <summary>A request that does not fit stays at the head of the queue.</summary>
    public void CheckRoom()
    {
        int request = requester.Begin();
        Prepare(1);
        RequireError(device.Receive(Address, Length(1)), Errno.EINVAL, "RECV with room for the number only");
        RequireError(Answer(Receive()), Errno.Success, "SEND after too little room");
        requester.WaitForEnd(request);
    }

    /// <summary>Two requests can be out at once, and may be answered in any order.</summary>
    public void CheckOrder()
    {
        int first = requester.Begin();
        int second = requester.Begin();
        int countA = Receive();
        TeeParameter numberA = Parameters(countA)[0];
        int countB = Receive();
        Require(Parameters(countB)[0].A != numberA.A, "two requests have two numbers");
        RequireError(Answer(countB), Errno.Success, "SEND of the second request");
        Parameters(countA)[0] = numberA;
        RequireError(Answer(countA), Errno.Success, "SEND of the first request");
        requester.WaitForEnd(first);
        requester.WaitForEnd(second);
    }

    /// <summary>A client that dies before its request is received takes it along.</summary>
    public void CheckKilledWhileQueued()
    {
        int killed = requester.Begin();
        requester.Kill(killed);
        requester.WaitForEnd(killed);
        int request = requester.Begin();
        RequireError(Answer(Receive()), Errno.Success, "SEND of the request after the killed one");
        requester.WaitForEnd(request);
    }

    /// <summary>A client that dies later leaves an answer that nobody takes; its number ends with that.</summary>
    public void CheckKilledWhileServed()
    {
        int request = requester.Begin();
        int count = Receive();
        requester.Kill(request);
        requester.WaitForEnd(request);
        int error = Answer(count);
        Require(error is Errno.EBADF or Errno.ENOENT, $"SEND for a killed client says {Errno.Name(error)}");
        RequireError(Answer(count), Errno.ENOENT, "a second SEND for a killed client");
    }

    /// <summary>Memory gets the lowest free number; nothing is registered when the call fails.</summary>
    public void CheckMemory()
    {
        nuint page = (nuint)Environment.SystemPageSize;
        nint address = Libc.Mmap(
            0, 2 * page, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED | Libc.MAP_ANONYMOUS, -1, 0);
        Require(address != Libc.MAP_FAILED, "two pages can be mapped");
        int CallMemory(nuint length, nint offset, out TeeMemory memory) => device.Version.RegistersMemory
            ? device.RegisterMemory(address + offset, length, out memory)
            : device.AllocateMemory(length, out memory);

        Require(CallMemory(0, 0, out _) != Errno.Success, "memory of no length is refused");
        RequireError(CallMemory(page, 0, out TeeMemory first), Errno.Success, "the first page");
        RequireError(CallMemory(page, (nint)page, out TeeMemory second), Errno.Success, "the second page");
        Require(first.Id > 0 && second.Id > 0 && first.Id != second.Id, "ids are positive and differ");
        Require(first.Descriptor >= 0 && first.Descriptor != second.Descriptor, "each object has a descriptor");
        Require(first.Length == page, "the length is the asked one");
        device.ReleaseMemory(first);
        RequireError(CallMemory(page, 0, out TeeMemory again), Errno.Success, "the first page again");
        Require(again.Id == first.Id, "the lowest free id is used again");
        device.ReleaseMemory(again);
        device.ReleaseMemory(second);
        _ = Libc.Munmap(address, 2 * page);
    }

    private int Receive()
    {
        Prepare(Room);
        RequireError(device.Receive(Address, Length(Room)), Errno.Success, "RECV");
        int count = ((int*)Address)[1];
        Require(count is > 1 and <= Room, $"RECV reports {count} parameters");
        return count;
    }

    private int Answer(int count)
    {
        SetHeader((uint)TeeResult.ItemNotFound, count);
        return device.Send(Address, Length(count));
    }

    private void Prepare(int room)
    {
        _argument.AsSpan().Clear();
        SetHeader(0, room);
        Parameters(1)[0].Attributes = room > 0 ? TeeParameter.Meta : 0;
    }

    private void SetHeader(uint first, int count)
    {
        ((uint*)Address)[0] = first;
        ((int*)Address)[1] = count;
    }

    private Span<TeeParameter> Parameters(int count) =>
        new((void*)(Address + TeeAbi.ArgumentHeaderSize), count);

    private static int Length(int count) => TeeAbi.ArgumentHeaderSize + (count * TeeParameter.Size);

    private static void RequireError(int actual, int expected, string what) =>
        Require(actual == expected, $"{what} says {Errno.Name(actual)}, not {Errno.Name(expected)}");

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new ContractException("The device breaks the contract: " + what);
        }
    }
}
