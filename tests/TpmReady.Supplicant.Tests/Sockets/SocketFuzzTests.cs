// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using System.Net.Sockets;
using CsCheck;
using TpmReady.Linux.Files;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Profiling;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Sockets;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Supplicant.Tests.Protocol;
using TpmReady.Supplicant.Tests.Storage;

namespace TpmReady.Supplicant.Tests.Sockets;

/// <summary>Requests of any shape are answered, and leave nothing behind.</summary>
public sealed class SocketFuzzTests
{
    private const ulong MemoryId = 5;

    // Numbers that mean something somewhere, beside those that mean nothing.
    private static readonly ulong[] Numbers =
    [
        0, 1, 2, 3, 4, 5, 6, 0x65, 0x66, 0x65F00000, 0x65F00001, 0x66000001, 0x66000002, 4096, 65535, 65536,
        int.MaxValue, uint.MaxValue - 1, 1UL << 32, ulong.MaxValue,
    ];

    private static readonly Gen<TeeParameter> Parameter = Gen.Select(
        One<ulong>(0, 1, 1, 1, 2, 3, 5, 6, 7, 0x101, ulong.MaxValue),
        Gen.Int[0, 29],
        Gen.Int[0, 29],
        Gen.Int[0, 29]).Select((type, a, b, c) => new TeeParameter
        {
            Attributes = type,
            A = Number(a),
            B = Number(b),
            C = type is >= 5 and <= 7 && c < 20 ? MemoryId : Number(c),
        });

    [Test]
    public void Any_request_is_answered()
    {
        using Socket peer = SocketFixture.Listen(AddressFamily.InterNetwork, SocketType.Dgram);
        int port = SocketFixture.EndPoint(peer).Port;
        using TemporaryDirectory directory = new();
        Gen.Select(
            One(RpcFunction.Socket, RpcFunction.Socket, RpcFunction.Gprof),
            Parameter.Array[0, 5],
            One("", "127.0.0.1\0", "host\0", "\u0001\u0002", "127.0.0.1")).Array[1, 30]
            .Sample(requests => Run(requests, port, directory.Path), iter: 3000);
    }

    private static Gen<T> One<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static ulong Number(int choice) => choice < Numbers.Length ? Numbers[choice] : (ulong)choice;

    private static bool Run(
        (RpcFunction Function, TeeParameter[] Parameters, string Content)[] requests, int port, string directory)
    {
        using OneObjectMemory memory = new(MemoryId, 4096);
        RecordingLog log = new();
        SocketService service = new(new CountingSockets(), SocketPolicy.Open, new SocketLimits(), isStrict: false, log);
        ProfileFiles files = new(directory, new LinuxFileOperations(), new ProfileLimits(), log);
        ProfileService profiles = new(ProfileKind.Gprof, files);
        List<ulong> handles = [];
        foreach ((RpcFunction function, TeeParameter[] parameters, string content) in requests)
        {
            memory.Bytes.Clear();
            System.Text.Encoding.UTF8.GetBytes(content, memory.Bytes);
            Aim(parameters, handles, port);
            RpcRequest request = new(function, 0, parameters, memory);
            IRpcService target = function == RpcFunction.Socket ? service : profiles;
            _ = target.Invoke(ref request);
            request.Dispose();
            if (function == RpcFunction.Socket && parameters.Length == 4)
            {
                handles.Add(parameters[3].A);
            }

            if (memory.Pinned != 0)
            {
                return false;
            }
        }

        foreach (ulong instance in requests.SelectMany(static request => request.Parameters)
            .Select(static parameter => parameter.B).Distinct())
        {
            TeeParameter[] parameters = [FakeSecureWorld.ValueInput((ulong)SocketOperation.CloseAll, instance)];
            RpcRequest request = new(RpcFunction.Socket, 0, parameters, memory);
            _ = service.Invoke(ref request);
        }

        return service.OpenCount == 0;
    }

    /// <summary>Most random numbers are no handles: some become one, and a wait without end becomes a short one.</summary>
    private static void Aim(TeeParameter[] parameters, List<ulong> handles, int port)
    {
        if (parameters.Length > 1 && parameters[1].B is 0x65 or 0x66)
        {
            parameters[1].A = (ulong)port;
        }

        if (parameters.Length > 0 && handles.Count > 0 && parameters[0].C > 4)
        {
            parameters[0].C = handles[(int)(parameters[0].C % (ulong)handles.Count)];
        }

        if (parameters.Length > 2
            && parameters[2].A is > 6 and <= uint.MaxValue
            && parameters[2].A >> 24 is not (0x65 or 0x66))
        {
            parameters[2].A = 1;
        }
    }
}
