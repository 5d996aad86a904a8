// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Linq;
using System.Threading;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Killed;

/// <summary>Clients none of whose requests may fail, whatever becomes of the supplicant.</summary>
internal static class RepeatableClients
{
    private const uint LoadTa = 0;
    private const int Large = 100_000;

    /// <summary>Files: what was acknowledged is read again, by the same handle and by another.</summary>
    public static void UseFiles(KeptWorld world, Tally tally, string name, CancellationToken end)
    {
        FileRequests files = new(world);
        int last = 0;
        ulong lasting = Handle(tally.Expect("CREATE", files.Create($"/{name}-lasting")));
        for (int cycle = 1; !end.IsCancellationRequested; cycle++)
        {
            string text = $"{name} {cycle:D10}";
            ulong handle = Handle(tally.Expect("CREATE", files.Create($"/{name}")));
            tally.Expect("WRITE", files.Write(handle, 0, text));
            tally.Expect("WRITE", files.Write(handle, 100, text));
            Compare(files, tally, handle, 100, text);
            tally.Expect("TRUNCATE", files.Truncate(handle, 100));
            tally.Expect("CLOSE", files.Close(handle));
            tally.Expect("RENAME", files.Rename($"/{name}", $"/{name}-renamed", overwrite: true));
            handle = Handle(tally.Expect("OPEN", files.Open($"/{name}-renamed")));
            Compare(files, tally, handle, 0, text);
            tally.Expect("CLOSE", files.Close(handle));
            tally.Expect("REMOVE", files.Remove($"/{name}-renamed"));
            tally.Expect("WRITE", files.Write(lasting, 0, text));
            last = cycle;
        }

        string wanted = $"{name} {last:D10}";
        string found = last == 0 ? wanted : File.ReadAllText(Path.Combine(world.Store, $"{name}-lasting"));
        if (!string.Equals(found, wanted, StringComparison.Ordinal))
        {
            tally.Lost.Enqueue($"{name}-lasting holds {found}, and {wanted} was acknowledged");
        }
    }

    /// <summary>Loads a TA: its size, then its contents.</summary>
    public static void LoadTrustedApplications(KeptWorld world, Tally tally, CancellationToken end)
    {
        Guid uuid = new("f07bfc66-958c-4a15-99c0-260e4e7375dd");
        byte[] content = [.. Enumerable.Range(0, 12_000).Select(static i => (byte)(i * 7))];
        File.WriteAllBytes(Path.Combine(world.TrustedApplications, $"{uuid}.ta"), content);
        byte[] octets = uuid.ToByteArray(bigEndian: true);
        Parameter name = Parameter.ValueInput(BitConverter.ToUInt64(octets, 0), BitConverter.ToUInt64(octets, 8));
        while (!end.IsCancellationRequested)
        {
            Reply size = tally.Expect("size of a TA", world.Call(LoadTa, name, Parameter.NullMemory(6)));
            SharedBuffer buffer = world.Allocate((int)size.Parameters[1].B);
            tally.Expect("TA", world.Call(LoadTa, name, Parameter.MemoryOutput(buffer, content.Length)));
            if (!world.Kernel.Read(buffer, 0, content.Length).AsSpan().SequenceEqual(content))
            {
                tally.Lost.Enqueue("a TA came with other contents");
            }

            tally.Expect("SHM_FREE", world.Free(buffer));
        }
    }

    /// <summary>Shared memory that is larger than the pool's.</summary>
    public static void UseLargeMemory(KeptWorld world, Tally tally, CancellationToken end)
    {
        for (byte mark = 1; !end.IsCancellationRequested; mark++)
        {
            SharedBuffer buffer = world.Allocate(Large);
            byte[] content = [.. Enumerable.Repeat(mark, Large)];
            world.Kernel.Write(buffer, 0, content);
            if (!world.Kernel.Read(buffer, 0, Large).AsSpan().SequenceEqual(content))
            {
                tally.Lost.Enqueue("shared memory has other contents");
            }

            tally.Expect("SHM_FREE", world.Free(buffer));
        }
    }

    private static ulong Handle(Reply reply) => reply.Parameters[2].A;

    private static void Compare(FileRequests files, Tally tally, ulong handle, ulong offset, string text)
    {
        tally.Expect("READ", files.Read(handle, offset, text.Length));
        string found = files.Text(text.Length);
        if (!string.Equals(found, text, StringComparison.Ordinal))
        {
            tally.Lost.Enqueue($"{found} was read, and {text} was acknowledged");
        }
    }
}
