// SPDX-License-Identifier: MIT

namespace TpmReady.Readiness.Driving;

/// <summary>One step of binding or unbinding.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Path">The file to write to, beneath the root, or the module to load; else empty.</param>
/// <param name="Value">The word to write; else empty.</param>
/// <param name="Text">Why, one line for people.</param>
public sealed record DriverStep(DriverStepKind Kind, string Path, string Value, string Text)
{
    /// <summary>Nothing is left to do.</summary>
    public static DriverStep Done(string text) => new(DriverStepKind.Done, "", "", text);

    /// <summary>Look again in a moment.</summary>
    public static DriverStep Wait(string text) => new(DriverStepKind.Wait, "", "", text);

    /// <summary>Give up.</summary>
    public static DriverStep Fail(string text) => new(DriverStepKind.Fail, "", "", text);

    /// <summary>Write a word into a file of sysfs.</summary>
    public static DriverStep Write(string path, string value, string text) =>
        new(DriverStepKind.Write, path, value, text);

    /// <summary>Load a module.</summary>
    public static DriverStep Load(string module, string text) => new(DriverStepKind.LoadModule, module, "", text);
}
