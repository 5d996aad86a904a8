// SPDX-License-Identifier: MIT

using System;
using CardIdentification = TpmReady.Supplicant.Rpmb.RpmbInformation.CardIdentification;

namespace TpmReady.Supplicant.Rpmb;

/// <summary>Which card's RPMB is served.</summary>
internal readonly struct CardSelection
{
    private CardSelection(CardChoice choice, CardIdentification identification)
    {
        Choice = choice;
        Identification = identification;
    }

    /// <summary>How it is chosen.</summary>
    public CardChoice Choice { get; }

    /// <summary>The CID register that is looked for.</summary>
    public CardIdentification Identification { get; }

    /// <summary>The card whose number the secure world was built with.</summary>
    public static CardSelection ByNumber => new(CardChoice.ByNumber, default);

    /// <summary>The only card.</summary>
    public static CardSelection Only => new(CardChoice.Only, default);

    /// <summary>The card with a CID register of 32 hexadecimal digits, in either case.</summary>
    /// <exception cref="FormatException">They are not digits, or not 32.</exception>
    public static CardSelection ByIdentification(string digits)
    {
        byte[] bytes = Convert.FromHexString(digits);
        if (bytes.Length != CardIdentification.Size)
        {
            throw new FormatException("A CID has 32 hexadecimal digits.");
        }

        CardIdentification identification = default;
        bytes.CopyTo(identification);
        return new CardSelection(CardChoice.ByIdentification, identification);
    }
}
