// SPDX-License-Identifier: MIT

using System.Globalization;

namespace TpmReady.Boot.TeeSupplicant;

/// <content>Sizes in bytes.</content>
internal sealed partial class SupplicantOptionReader
{
    private long? ReadSize(string name, string text)
    {
        int shift = text.Length == 0 ? 0 : char.ToUpperInvariant(text[^1]) switch
        {
            'K' => 10,
            'M' => 20,
            'G' => 30,
            _ => 0,
        };
        string digits = shift == 0 ? text : text[..^1];
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            || number < 1 || number > (64L << 30) >> shift)
        {
            Reject($"--{name}={text}: a number up to 64G is expected, with K, M or G behind it");
            return null;
        }

        return number << shift;
    }
}
