// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Rpmb;

/// <summary>How the search for a card ended.</summary>
internal enum CardSearch
{
    /// <summary>There is no such card; it may appear later.</summary>
    None,

    /// <summary>There it is.</summary>
    Found,

    /// <summary>There are several, and nothing says which one is meant.</summary>
    Several,
}
