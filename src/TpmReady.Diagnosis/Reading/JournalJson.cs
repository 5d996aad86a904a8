// SPDX-License-Identifier: MIT

using System;
using System.Text;
using System.Text.Json;

namespace TpmReady.Diagnosis.Reading;

/// <summary>The journal's JSON formats, one object per line: json, json-sse ("data: " in front) and json-seq.</summary>
internal sealed class JournalJson(int file, ILogSink sink)
{
    private readonly JournalFields _fields = new();
    private readonly byte[] _bytes = new byte[LogLimits.ChunkBytes + LogLimits.LineBytes];
    private readonly byte[] _value = new byte[LogLimits.FieldBytes];
    private readonly char[] _name = new char[64];
    private readonly char[] _text = new char[LogLimits.FieldBytes];

    /// <summary>Whether an object is a journal entry.</summary>
    /// <param name="line">A line that begins with a brace.</param>
    public static bool Looks(ReadOnlySpan<char> line) =>
        line.Contains("\"MESSAGE\"", StringComparison.Ordinal) || line.Contains("\"__CURSOR\"", StringComparison.Ordinal);

    /// <summary>Takes one entry; what is no JSON is dropped.</summary>
    /// <param name="line">The line.</param>
    /// <param name="number">Its number.</param>
    public void Take(ReadOnlySpan<char> line, long number)
    {
        int length = Encoding.Latin1.GetBytes(line, _bytes);
        _fields.Clear();
        try
        {
            Utf8JsonReader reader = new(_bytes.AsSpan(0, length), new JsonReaderOptions { MaxDepth = 4 });
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                {
                    int name = Copy(ref reader, _name);
                    _ = reader.Read();
                    Value(ref reader, _name.AsSpan(0, name), number);
                }
            }
        }
        catch (JsonException)
        {
            // A torn line: what came before the tear still counts.
        }

        if (_fields.Line > 0)
        {
            _fields.Emit(file, sink);
        }
    }

    private void Value(ref Utf8JsonReader reader, ReadOnlySpan<char> name, long number)
    {
        if (reader.TokenType is JsonTokenType.String or JsonTokenType.Number)
        {
            int length = Copy(ref reader, _text);
            _fields.Set(name, _text.AsSpan(0, length), number);
        }
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            // A binary field is an array of its bytes; a repeated field an array of strings, of which the first counts.
            int count = 0;
            while (reader.Read() && reader.TokenType is JsonTokenType.Number or JsonTokenType.String)
            {
                if (reader.TokenType == JsonTokenType.String && count == 0)
                {
                    count = Copy(ref reader, _text);
                }
                else if (reader.TokenType == JsonTokenType.Number && count < _text.Length && reader.TryGetByte(out byte value))
                {
                    _text[count++] = (char)value;
                }
            }

            _fields.Set(name, _text.AsSpan(0, count), number);
        }
        else
        {
            reader.Skip();
        }
    }

    private int Copy(ref Utf8JsonReader reader, Span<char> destination)
    {
        int raw = reader.HasValueSequence ? int.MaxValue : reader.ValueSpan.Length;
        if (raw > _value.Length)
        {
            return 0;
        }

        int length;
        if (reader.TokenType == JsonTokenType.Number)
        {
            reader.ValueSpan.CopyTo(_value);
            length = raw;
        }
        else
        {
            try
            {
                length = reader.CopyString(_value);
            }
            catch (InvalidOperationException)
            {
                // An escaped half of a surrogate pair, or bytes that are no UTF-8.
                reader.ValueSpan.CopyTo(_value);
                length = raw;
            }
        }

        length = Math.Min(length, destination.Length);
        return Encoding.Latin1.GetChars(_value.AsSpan(0, length), destination);
    }
}
