// SPDX-License-Identifier: MIT

using System.Text;
using TpmReady.Linux.Interop;

namespace TpmReady.Readiness.Generation;

/// <summary>Writes the generator's output. A file that is there already is another generator's, and stays.</summary>
internal sealed unsafe class GeneratorWriter(string normal, string early, string late)
{
    /// <summary>Writes everything, and goes on after an error.</summary>
    /// <returns>The first error in words, or null.</returns>
    public string? Write(GeneratorOutput output)
    {
        string? first = null;
        foreach (GeneratedFile file in output.Files)
        {
            string root = file.Directory switch
            {
                GeneratorDirectory.Early => early,
                GeneratorDirectory.Late => late,
                _ => normal,
            };
            int error = Write(root, file);
            if (error is not (Errno.Success or Errno.EEXIST))
            {
                first ??= $"{root}/{file.Path}: {Errno.Name(error)}";
            }
        }

        return first;
    }

    private static int Write(string root, GeneratedFile file)
    {
        string path = $"{root}/{file.Path}";
        fixed (byte* parent = Terminated(path[..path.LastIndexOf('/')]), name = Terminated(path),
            target = Terminated(file.LinkTarget ?? ""))
        {
            if (Libc.MkdirAt(Libc.AT_FDCWD, parent, 0x1ED) < 0 && Libc.LastError != Errno.EEXIST)
            {
                return Libc.LastError;
            }

            return file.LinkTarget is not null
                ? Libc.SymlinkAt(target, Libc.AT_FDCWD, name) < 0 ? Libc.LastError : Errno.Success
                : WriteFile(path, Encoding.UTF8.GetBytes(file.Content ?? ""));
        }
    }

    private static int WriteFile(string path, byte[] content)
    {
        const uint readableByAll = 0x1A4;
        int descriptor = Libc.Open(path, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL | Libc.O_CLOEXEC, readableByAll);
        if (descriptor < 0)
        {
            return Libc.LastError;
        }

        int error = Errno.Success;
        fixed (byte* start = content)
        {
            for (int done = 0; done < content.Length && error == Errno.Success;)
            {
                nint count = Libc.Write(descriptor, start + done, (nuint)(content.Length - done));
                error = count >= 0 || Libc.LastError == Errno.EINTR ? Errno.Success : Libc.LastError;
                done += (int)nint.Max(count, 0);
            }
        }

        _ = Libc.Close(descriptor);
        return error;
    }

    private static byte[] Terminated(string text) => Encoding.UTF8.GetBytes(text + "\0");
}
