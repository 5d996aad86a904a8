// SPDX-License-Identifier: MIT

using System;
using System.Globalization;

namespace TpmReady.Diagnosis.Reading;

/// <summary>
/// journalctl -o verbose: a line with the time and the cursor in brackets, then the fields, indented by four spaces.
/// </summary>
internal sealed class JournalVerbose(int file, ILogSink sink)
{
    private readonly JournalFields _fields = new();
    private bool _open;

    /// <summary>Whether we are inside such a text.</summary>
    public bool IsActive { get; private set; }

    /// <summary>Takes a line if it belongs to this format.</summary>
    /// <param name="line">The line.</param>
    /// <param name="number">Its number.</param>
    public bool Take(ReadOnlySpan<char> line, long number)
    {
        int cursor = line.Length > 40 && line[0] is >= 'A' and <= 'Z' ? line[..Math.Min(line.Length, 80)].IndexOf("[s=") : -1;
        if (cursor > 0 && line[cursor..].IndexOf(";b=") > 0)
        {
            Flush();
            IsActive = _open = true;
            Cursor(line[cursor..], number);
            return true;
        }

        if (!_open || !line.StartsWith("    "))
        {
            Flush();
            IsActive = IsActive && line.Trim(" \r").Length == 0;
            return false;
        }

        ReadOnlySpan<char> field = line.Trim(" \r");
        int equals = field.IndexOf('=');
        if (equals > 0 && equals <= 64)
        {
            _fields.Set(field[..equals], field[(equals + 1)..], number);
        }

        return true;
    }

    /// <summary>Passes on the entry that is held.</summary>
    public void Flush()
    {
        if (_open && _fields.Line > 0)
        {
            _fields.Emit(file, sink);
        }

        _fields.Clear();
        _open = false;
    }

    /// <summary>[s=seqnum id;i=number;b=boot id;m=monotonic in hex;t=real time in hex;x=…].</summary>
    private void Cursor(ReadOnlySpan<char> text, long number)
    {
        Span<char> digits = stackalloc char[20];
        foreach (Range part in text.Trim("[]\r ").Split(';'))
        {
            ReadOnlySpan<char> field = text.Trim("[]\r ")[part];
            if (field.StartsWith("b="))
            {
                _fields.Set("_BOOT_ID", field[2..], number);
            }
            else if (field.StartsWith("m=") &&
                ulong.TryParse(field[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong micros))
            {
                _ = micros.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture);
                _fields.Set("__MONOTONIC_TIMESTAMP", digits[..length], number);
            }
        }
    }
}
