// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.Storage;

/// <summary>
/// The name of a stored file, as it may be handed to the kernel: relative, no <c>.</c> or <c>..</c>, no control bytes.
/// OP-TEE sends names as a C string at the front of 350 bytes (TEE_FS_NAME_MAX), with a leading slash or without.
/// </summary>
/// <remarks>The text lies in a buffer of the caller's, which must outlive the value.</remarks>
internal readonly unsafe struct StoragePath
{
    /// <summary>The longest name in bytes, without its NUL.</summary>
    public const int MaximumLength = 350;

    /// <summary>The longest component in bytes: NAME_MAX of every Linux file system.</summary>
    public const int MaximumComponent = 255;

    /// <summary>The size of the buffer that <see cref="TryParse"/> wants, in bytes.</summary>
    public const int BufferSize = MaximumLength + 1;

    private const byte Separator = (byte)'/';
    private const byte Delete = 0x7f;

    private StoragePath(byte* text, int length, int parentLength)
    {
        Text = text;
        Length = length;
        ParentLength = parentLength;
    }

    /// <summary>The whole path, NUL-terminated, components joined by single slashes.</summary>
    public byte* Text { get; }

    /// <summary>The length of the whole path in bytes, without the NUL.</summary>
    public int Length { get; }

    /// <summary>
    /// The length of everything before the last slash; 0 for a name in the root, which is all that OP-TEE uses today.
    /// </summary>
    public int ParentLength { get; }

    /// <summary>The last component, NUL-terminated.</summary>
    public byte* Name => ParentLength == 0 ? Text : Text + ParentLength + 1;

    /// <summary>The whole path.</summary>
    public ReadOnlySpan<byte> Bytes => new(Text, Length);

    /// <summary>Copies a name out of shared memory, once, and checks the copy.</summary>
    /// <param name="memory">The name's bytes as the secure world sent them; they may change meanwhile.</param>
    /// <param name="buffer"><see cref="BufferSize"/> bytes for the result.</param>
    /// <param name="path">The path.</param>
    /// <returns>False if the name has no end, is empty, is too long or has a component or byte that is not
    /// allowed.</returns>
    public static bool TryParse(ReadOnlySpan<byte> memory, byte* buffer, out StoragePath path)
    {
        path = default;
        Span<byte> copy = stackalloc byte[BufferSize];
        copy = copy[..Math.Min(copy.Length, memory.Length)];
        memory[..copy.Length].CopyTo(copy);
        int end = copy.IndexOf((byte)0);
        if (end < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = copy[..end];
        int length = 0;
        int parentLength = 0;
        while (!rest.IsEmpty)
        {
            int separator = rest.IndexOf(Separator);
            ReadOnlySpan<byte> component = separator < 0 ? rest : rest[..separator];
            rest = separator < 0 ? [] : rest[(separator + 1)..];
            if (component.IsEmpty)
            {
                continue;
            }

            if (!IsAllowed(component))
            {
                return false;
            }

            parentLength = length;
            if (length > 0)
            {
                buffer[length++] = Separator;
            }

            component.CopyTo(new Span<byte>(buffer + length, component.Length));
            length += component.Length;
        }

        buffer[length] = 0;
        path = new StoragePath(buffer, length, parentLength);
        return length > 0;
    }

    /// <summary>
    /// Cuts the path at its last slash, so that <see cref="Text"/> is the parent; <see cref="Join"/> makes it whole
    /// again.
    /// </summary>
    public void Cut() => Text[ParentLength] = 0;

    /// <summary>Takes <see cref="Cut"/> back.</summary>
    public void Join() => Text[ParentLength] = Separator;

    private static bool IsAllowed(ReadOnlySpan<byte> component)
    {
        if (component.Length > MaximumComponent || component.SequenceEqual("."u8) || component.SequenceEqual(".."u8))
        {
            return false;
        }

        foreach (byte value in component)
        {
            if (value is < (byte)' ' or Delete)
            {
                return false;
            }
        }

        return true;
    }
}
