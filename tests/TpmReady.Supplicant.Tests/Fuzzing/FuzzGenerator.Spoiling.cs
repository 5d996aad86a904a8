// SPDX-License-Identifier: MIT

using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <content>What can be wrong with a request.</content>
internal sealed partial class FuzzGenerator
{
    /// <summary>Makes one thing wrong, or at least another.</summary>
    private void Spoil(FuzzExchange request)
    {
        request.IsValid = false;
        switch (_random.Below(10))
        {
            case 0:
                SpoilCount(request);
                break;
            case 1 when request.Count > 0:
                Any(request).Attributes = AnyAttributes();
                break;
            case 2 when request.Count > 0:
                Any(request).Attributes ^= 1UL << _random.Below(_random.OneIn(4) ? 64 : 9);
                break;
            case 3 when request.Count > 0:
                SpoilHandle(ref request.Sent[0]);
                break;
            case 4:
                request.Function = _random.OneIn(3)
                    ? (RpcFunction)_random.Pick<uint>(OtherFunctions)
                    : (RpcFunction)_random.Below(13);
                break;
            case 5 or 6 when request.Count > 0:
                SpoilReference(ref Any(request));
                break;
            case 7:
                FuzzMemory memory = AnyMemory();
                memory.Write(_random.Below(memory.Length), (byte)_random.Next());
                break;
            case 8 when request.Count > 1:
                ref TeeParameter first = ref Any(request);
                ref TeeParameter second = ref Any(request);
                (first, second) = (second, first);
                break;
            default:
                SpoilNumber(request);
                break;
        }
    }

    private void SpoilCount(FuzzExchange request)
    {
        switch (_random.Below(8))
        {
            case 0:
                request.Count = 0;
                break;
            case 1:
                while (request.Count < FuzzExchange.Room)
                {
                    AddAny(request);
                }

                break;
            case < 5 when request.Count > 0:
                request.Count--;
                break;
            default:
                AddAny(request);
                break;
        }
    }

    private void SpoilHandle(ref TeeParameter parameter)
    {
        if (_random.OneIn(2))
        {
            parameter.B = model.WrongHandle(_random);
        }
        else
        {
            parameter.C = model.WrongHandle(_random);
        }
    }

    /// <summary>A memory reference that leads nowhere, or farther than its object.</summary>
    private void SpoilReference(ref TeeParameter parameter)
    {
        switch (_random.Below(9))
        {
            case 0:
                parameter.C = model.WrongMemory(_random);
                break;
            case 1:
                parameter.C = TeeParameter.NoMemory;
                break;
            case 2:
                parameter.A = 0UL - parameter.B;
                break;
            case 3:
                parameter.A++;
                break;
            case 4:
                parameter.B++;
                break;
            case 5:
                parameter.B = ulong.MaxValue - parameter.A + (ulong)_random.Below(3);
                break;
            case 6:
                parameter.A = _random.Number();
                break;
            case 7:
                parameter.B = _random.Number();
                break;
            default:
                parameter.B = 0;
                break;
        }
    }

    private void SpoilNumber(FuzzExchange request)
    {
        if (request.Count == 0)
        {
            return;
        }

        ref TeeParameter parameter = ref Any(request);
        switch (_random.Below(3))
        {
            case 0:
                parameter.A = _random.Number();
                break;
            case 1:
                parameter.B = _random.Number();
                break;
            default:
                parameter.C = _random.Number();
                break;
        }
    }

    private ref TeeParameter Any(FuzzExchange request) => ref request.Sent[_random.Below(request.Count)];

    private ulong AnyAttributes() => _random.Below(6) switch
    {
        0 => _random.Number(),
        1 => (ulong)_random.Below(8) | TeeParameter.Meta,
        _ => (ulong)_random.Below(8),
    };
}
