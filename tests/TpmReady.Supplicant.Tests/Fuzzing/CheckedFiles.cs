// SPDX-License-Identifier: MIT

using System;
using System.Text;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>
/// The real file system below one directory. Every descriptor is known, and every name is one component that leads
/// nowhere else.
/// </summary>
internal sealed unsafe class CheckedFiles(string root, FuzzFaults faults, FuzzInterference interference)
    : IFileOperations
{
    private const int MostDescriptors = 1 << 16;

    private readonly LinuxFileOperations _real = new();
    private readonly byte[] _root = Encoding.UTF8.GetBytes(root + "/");
    private readonly bool[] _open = new bool[MostDescriptors];

    /// <summary>How many descriptors are open.</summary>
    public int OpenCount { get; private set; }

    /// <summary>Closes what was left open.</summary>
    public void CloseAll()
    {
        for (int descriptor = 0; descriptor < _open.Length; descriptor++)
        {
            if (_open[descriptor])
            {
                _ = Close(descriptor);
            }
        }
    }

    public int Open(int directory, byte* name, int flags, uint mode)
    {
        CheckName(directory, name);
        if (directory != Libc.AT_FDCWD)
        {
            if ((flags & Libc.O_NOFOLLOW) == 0)
            {
                faults.Add($"open of {Encoding.UTF8.GetString(Text(name))} would follow a link");
            }
        }

        return Opened(Enter("open") is var fault and < 0 ? fault : _real.Open(directory, name, flags, mode));
    }

    public int OpenBeneath(int directory, byte* path, int flags)
    {
        Check(directory);
        return Opened(Enter("open") is var fault and < 0 ? fault : _real.OpenBeneath(directory, path, flags));
    }

    public int Close(int descriptor)
    {
        Check(descriptor);
        if ((uint)descriptor < MostDescriptors && _open[descriptor])
        {
            _open[descriptor] = false;
            OpenCount--;
            return _real.Close(descriptor);
        }

        return -Errno.EBADF;
    }

    public nint Read(int descriptor, byte* buffer, nuint length, long offset) => Checked(
        descriptor, Enter("read") is var fault and < 0 ? fault : _real.Read(descriptor, buffer, length, offset));

    public nint Write(int descriptor, byte* buffer, nuint length, long offset) => Checked(
        descriptor, Enter("write") is var fault and < 0 ? fault : _real.Write(descriptor, buffer, length, offset));

    public int Truncate(int descriptor, long length) => Checked(
        descriptor, Enter("truncate") is var fault and < 0 ? fault : _real.Truncate(descriptor, length));

    public int GetStatus(int descriptor, out FileStatus status)
    {
        status = default;
        return Checked(
            descriptor, Enter("status") is var fault and < 0 ? fault : _real.GetStatus(descriptor, out status));
    }

    public int Sync(int descriptor) =>
        Checked(descriptor, Enter("sync") is var fault and < 0 ? fault : _real.Sync(descriptor));

    public int SyncData(int descriptor) =>
        Checked(descriptor, Enter("sync") is var fault and < 0 ? fault : _real.SyncData(descriptor));

    public int AdviseWillNeed(int descriptor) => Checked(descriptor, _real.AdviseWillNeed(descriptor));

    public int Unlink(int directory, byte* name)
    {
        CheckName(directory, name);
        return Checked(Enter("unlink") is var fault and < 0 ? fault : _real.Unlink(directory, name));
    }

    public int RemoveDirectory(int directory, byte* name)
    {
        CheckName(directory, name);
        return Checked(Enter("rmdir") is var fault and < 0 ? fault : _real.RemoveDirectory(directory, name));
    }

    public int Rename(int oldDirectory, byte* oldName, int newDirectory, byte* newName, bool replace)
    {
        CheckName(oldDirectory, oldName);
        CheckName(newDirectory, newName);
        return Checked(
            Enter("rename") is var fault and < 0
                ? fault
                : _real.Rename(oldDirectory, oldName, newDirectory, newName, replace));
    }

    public int Link(int oldDirectory, byte* oldName, int newDirectory, byte* newName)
    {
        CheckName(oldDirectory, oldName);
        CheckName(newDirectory, newName);
        return Checked(_real.Link(oldDirectory, oldName, newDirectory, newName));
    }

    public int MakeDirectory(int directory, byte* name, uint mode)
    {
        CheckName(directory, name);
        return Checked(Enter("mkdir") is var fault and < 0 ? fault : _real.MakeDirectory(directory, name, mode));
    }

    public nint ReadDirectory(int descriptor, long position, byte* buffer, nuint length) => Checked(
        descriptor,
        Enter("getdents") is var fault and < 0 ? fault : _real.ReadDirectory(descriptor, position, buffer, length));

    private int Enter(string call)
    {
        interference.Happen(call);
        return -interference.TakeFault();
    }

    private int Opened(int result)
    {
        if (result >= MostDescriptors || (result >= 0 && _open[result]))
        {
            faults.Add($"descriptor {result} was given out though it is open: somebody closed what was not theirs");
        }
        else if (result >= 0)
        {
            _open[result] = true;
            OpenCount++;
        }

        return result;
    }

    private nint Checked(int descriptor, nint result)
    {
        Check(descriptor);
        return Checked(result);
    }

    private int Checked(int descriptor, int result) => (int)Checked(descriptor, (nint)result);

    private int Checked(int result) => (int)Checked((nint)result);

    private nint Checked(nint result)
    {
        if (result == -Errno.EFAULT)
        {
            faults.Add("a system call was given memory that is not there");
        }

        return result;
    }

    private void Check(int descriptor)
    {
        if ((uint)descriptor >= MostDescriptors || !_open[descriptor])
        {
            faults.Add($"descriptor {descriptor} is used, which is not open");
        }
    }

    /// <summary>A path below our own directory, or one component in a directory that is open.</summary>
    private void CheckName(int directory, byte* name)
    {
        ReadOnlySpan<byte> text = Text(name);
        bool isRight;
        if (directory == Libc.AT_FDCWD)
        {
            isRight = text.StartsWith(_root) && text.IndexOf("/../"u8) < 0;
        }
        else
        {
            Check(directory);
            isRight = !text.IsEmpty && !text.Contains((byte)'/') && text is not ([(byte)'.'] or [(byte)'.', (byte)'.']);
        }

        if (!isRight)
        {
            faults.Add($"'{Encoding.UTF8.GetString(text)}' is used as the name of a file");
        }
    }

    private static ReadOnlySpan<byte> Text(byte* name) => new(name, Length(name));

    private static int Length(byte* name)
    {
        int length = 0;
        while (name[length] != 0)
        {
            length++;
        }

        return length;
    }
}
