// SPDX-License-Identifier: MIT

using System;
using System.Text;
using System.Threading;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Storage;

namespace TpmReady.Supplicant.Profiling;

/// <summary>
/// The files that profiles are kept in. The directory is often one that everybody may write to, and the names can be
/// guessed: so a file is made anew or it is not used, and it is added to only if it is certain that it was made here.
/// </summary>
internal sealed unsafe class ProfileFiles
{
    // How many names are looked at to count the profiles of earlier runs.
    private const int MaximumNames = 65536;
    private const int NotCounted = -1;
    private const uint OwnerOnly = 0x180;

    private static readonly int CreateFlags =
        Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL | Libc.O_NOFOLLOW | Libc.O_CLOEXEC;

    // Without O_NONBLOCK the open of a pipe that somebody put there would wait for a reader.
    private static readonly int AppendFlags =
        Libc.O_WRONLY | Libc.O_APPEND | Libc.O_NOFOLLOW | Libc.O_NONBLOCK | Libc.O_NOCTTY | Libc.O_CLOEXEC;

    private readonly byte[] _directory;
    private readonly IFileOperations _files;
    private readonly ProfileLimits _limits;
    private readonly ILog _log;
    private readonly uint _user = Libc.GetEffectiveUserId();
    private int _count = NotCounted;
    private long _written;

    /// <summary>Profiles in a directory, which is looked at when the first one is made.</summary>
    /// <param name="directory">Its absolute path.</param>
    /// <param name="files">How files are reached.</param>
    /// <param name="limits">How much is written.</param>
    /// <param name="log">Where refusals are reported.</param>
    public ProfileFiles(string directory, IFileOperations files, ProfileLimits limits, ILog log)
    {
        _directory = Encoding.UTF8.GetBytes(directory);
        _files = files;
        _limits = limits;
        _log = log;
    }

    /// <summary>Makes a profile with the first number that is free.</summary>
    /// <returns>The number, or 0 if it could not be made.</returns>
    public int Create(ProfileKind kind, Guid uuid, ReadOnlySpan<byte> data)
    {
        if (!FitsLimits(0, data.Length) || !TryCount())
        {
            return 0;
        }

        Span<byte> path = stackalloc byte[ProfileName.GetRoom(_directory.Length)];
        fixed (byte* name = path)
        {
            for (int number = 1; number <= ProfileName.MaximumNumber; number++)
            {
                ProfileName.Write(path, _directory, kind, uuid, number);
                int descriptor = _files.Open(Libc.AT_FDCWD, name, CreateFlags, OwnerOnly);
                if (descriptor >= 0)
                {
                    if (WriteAndClose(descriptor, data, 0))
                    {
                        return number;
                    }

                    // Nobody will learn of its number.
                    _files.Unlink(Libc.AT_FDCWD, name);
                    break;
                }

                if (descriptor != -Errno.EEXIST)
                {
                    Report($"cannot be made: {Errno.Name(-descriptor)}");
                    break;
                }
            }
        }

        Interlocked.Decrement(ref _count);
        return 0;
    }

    /// <summary>Adds to a profile that was made earlier.</summary>
    /// <returns>Whether all was written.</returns>
    public bool Append(ProfileKind kind, Guid uuid, int number, ReadOnlySpan<byte> data)
    {
        Span<byte> path = stackalloc byte[ProfileName.GetRoom(_directory.Length)];
        ProfileName.Write(path, _directory, kind, uuid, number);
        int descriptor;
        fixed (byte* name = path)
        {
            descriptor = _files.Open(Libc.AT_FDCWD, name, AppendFlags, 0);
        }

        if (descriptor < 0)
        {
            Report($"cannot be opened: {Errno.Name(-descriptor)}");
            return false;
        }

        if (_files.GetStatus(descriptor, out FileStatus status) < 0 || !IsOurs(status))
        {
            Report("is not one that was made here: another kind of file, owner or mode, or it has a second name");
        }
        else if (FitsLimits(status.Size, data.Length))
        {
            return WriteAndClose(descriptor, data, status.Size);
        }

        _files.Close(descriptor);
        return false;
    }

    // A second name may be in a place where somebody else wants the data to arrive.
    private bool IsOurs(in FileStatus status) =>
        status.IsRegular && status.Owner == _user && status.Links == 1 && !status.IsAccessibleByOthers;

    private bool FitsLimits(long size, int length)
    {
        if (size + length > _limits.MaximumFileSize || Volatile.Read(ref _written) + length > _limits.MaximumTotal)
        {
            Report("becomes larger than profiles may be");
            return false;
        }

        return true;
    }

    private bool WriteAndClose(int descriptor, ReadOnlySpan<byte> data, long offset)
    {
        int done = 0;
        nint result = 0;
        fixed (byte* bytes = data)
        {
            while (done < data.Length && result >= 0)
            {
                // Where O_APPEND is set Linux appends wherever the offset is (pwrite(2)).
                result = _files.Write(descriptor, bytes + done, (nuint)(data.Length - done), offset + done);
                done += (int)Math.Max(result, 0);
                result = result == 0 ? -Errno.EIO : result == -Errno.EINTR ? 0 : result;
            }
        }

        Interlocked.Add(ref _written, done);
        _files.Close(descriptor);
        if (done < data.Length)
        {
            Report($"cannot be written: {Errno.Name((int)-result)}");
        }

        return done == data.Length;
    }

    /// <summary>Claims one of the places for profiles.</summary>
    private bool TryCount()
    {
        if (Volatile.Read(ref _count) == NotCounted)
        {
            Interlocked.CompareExchange(ref _count, CountFiles(), NotCounted);
        }

        if (Interlocked.Increment(ref _count) <= _limits.MaximumFiles)
        {
            return true;
        }

        Interlocked.Decrement(ref _count);
        Report("would be one too many: remove old ones and restart the supplicant");
        return false;
    }

    private int CountFiles()
    {
        byte* path = stackalloc byte[_directory.Length + 1];
        _directory.CopyTo(new Span<byte>(path, _directory.Length));
        path[_directory.Length] = 0;
        int descriptor = _files.Open(Libc.AT_FDCWD, path, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC, 0);
        if (descriptor < 0)
        {
            return 0;
        }

        int count = 0;
        long position = 0;
        byte* buffer = stackalloc byte[DirectoryReader.BufferSize];
        for (int i = 0; i < MaximumNames; i++)
        {
            int result = DirectoryReader.Read(
                _files, descriptor, ref position, buffer, hidden: false, out ReadOnlySpan<byte> name);
            if (result <= 0)
            {
                break;
            }

            count += ProfileName.IsProfile(name) ? 1 : 0;
        }

        _files.Close(descriptor);
        return count;
    }

    private void Report(string what)
    {
        if (_log.IsEnabled(LogLevel.Warning))
        {
            _log.Write(LogLevel.Warning, $"A profile in {Encoding.UTF8.GetString(_directory)} {what}.");
        }
    }
}
