// SPDX-License-Identifier: MIT

namespace TpmReady.Diagnosis.Reading;

/// <summary>Takes records one by one, in the order of the log.</summary>
public interface ILogSink
{
    /// <summary>Takes one record.</summary>
    /// <param name="record">The record; its texts are valid only during the call.</param>
    void Accept(in LogRecord record);
}
