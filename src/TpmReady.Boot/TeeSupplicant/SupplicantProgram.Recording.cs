// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Recording;

namespace TpmReady.Boot.TeeSupplicant;

/// <content>Recordings: a supplicant that cannot record serves all the same.</content>
internal sealed unsafe partial class SupplicantProgram
{
    private Recorder? _recorder;
    private Action<ISharedMemory>? _beginRecording;

    /// <summary>Puts the recorder between the device and the supplicant, if one is wanted.</summary>
    private ITeeDevice Record(ITeeDevice device)
    {
        if (_options.RecordFile is not string path)
        {
            return device;
        }

        int error = Recorder.TryCreate(path, _options.RecordLimit, _files, _log, out _recorder);
        if (_recorder is null)
        {
            _log.Write(LogLevel.Error, $"Nothing is recorded: {path} cannot be created: {Errno.Name(error)}.");
            return device;
        }

        _log.Write(LogLevel.Warning, $"Requests are recorded with their contents: {path} is as secret as the store.");
        RecordingDevice recording = new(device, _recorder);
        _beginRecording = memory =>
        {
            recording.Memory = memory;
            _recorder.Start();
        };
        return recording;
    }
}
