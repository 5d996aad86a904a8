// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Storage;

namespace TpmReady.Supplicant.Plugins;

/// <summary>
/// Loads every plug-in of a directory, in the order of their names. What is loaded runs with all rights of the
/// supplicant, so only files that nobody but root or its own user can write are taken.
/// </summary>
/// <param name="files">How files are reached.</param>
/// <param name="log">Where skipped files are reported.</param>
internal sealed unsafe class PluginLoader(IFileOperations files, ILog log)
{
    private static readonly int FileFlags = Libc.O_RDONLY | Libc.O_NONBLOCK | Libc.O_CLOEXEC;

    /// <summary>Whether owner and permissions are checked.</summary>
    public bool ChecksOwner { get; init; } = true;

    /// <summary>
    /// The plug-ins that may be loaded; null for all. Of the others nothing runs, not even what a shared object does
    /// when it is opened, so a file's name must tell: UUID.plugin, as OP-TEE's documentation names them.
    /// </summary>
    public IReadOnlySet<Guid>? Allowed { get; init; }

    /// <summary>
    /// Loads them. One that is bad is left out, and the others are loaded; no directory means no plug-ins.
    /// </summary>
    public IReadOnlyList<Plugin> Load(string directory)
    {
        int descriptor = Open(directory, FileFlags | Libc.O_DIRECTORY, out FileStatus status);
        if (descriptor < 0)
        {
            log.Write(
                descriptor == -Errno.ENOENT ? LogLevel.Debug : LogLevel.Warning,
                $"No plug-ins: {directory} cannot be opened: {Errno.Name(-descriptor)}.");
            return [];
        }

        List<string> names = [];
        if (IsTrusted(directory, status))
        {
            names = List(descriptor);
        }

        files.Close(descriptor);
        List<Plugin> plugins = [];
        foreach (string name in names)
        {
            if (IsAllowed(name) && TryLoad($"{directory.TrimEnd('/')}/{name}") is Plugin plugin)
            {
                Add(plugins, plugin);
            }
        }

        return plugins;
    }

    // The last one wins, as in the C supplicant.
    private void Add(List<Plugin> plugins, Plugin plugin)
    {
        Plugin? earlier = plugins.Find(other => other.Uuid == plugin.Uuid);
        if (earlier is not null)
        {
            log.Write(
                LogLevel.Warning,
                $"Plug-ins {earlier.Path} and {plugin.Path} have the same UUID {plugin.Uuid}: the second is used.");
            plugins.Remove(earlier);
        }

        plugins.Add(plugin);
        log.Write(LogLevel.Info, $"Plug-in {plugin.Name} ({plugin.Uuid}) was loaded from {plugin.Path}.");
    }

    private List<string> List(int directory)
    {
        List<string> names = [];
        byte* buffer = stackalloc byte[DirectoryReader.BufferSize];
        long position = 0;
        while (DirectoryReader.Read(
            files, directory, ref position, buffer, hidden: true, out ReadOnlySpan<byte> name) == 1)
        {
            names.Add(Encoding.UTF8.GetString(name));
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    private Plugin? TryLoad(string path)
    {
        int descriptor = Open(path, FileFlags, out FileStatus status);
        if (descriptor < 0)
        {
            log.Write(LogLevel.Warning, $"Plug-in {path} cannot be opened: {Errno.Name(-descriptor)}.");
            return null;
        }

        files.Close(descriptor);
        if (!status.IsRegular)
        {
            log.Write(LogLevel.Warning, $"{path} is not a plug-in: it is not a regular file.");
            return null;
        }

        return IsTrusted(path, status) ? Link(path) : null;
    }

    private bool IsAllowed(string name)
    {
        bool isAllowed = Allowed is null
            || (Guid.TryParseExact(Path.GetFileNameWithoutExtension(name), "D", out Guid uuid)
                && Allowed.Contains(uuid));
        if (!isAllowed)
        {
            log.Write(LogLevel.Info, $"{name} is not loaded: --plugin-allow does not name it.");
        }

        return isAllowed;
    }

    private bool IsTrusted(string path, FileStatus status)
    {
        bool isTrusted = !ChecksOwner
            || ((status.Owner == 0 || status.Owner == Libc.GetEffectiveUserId()) && !status.IsWritableByOthers);
        if (!isTrusted)
        {
            log.Write(
                LogLevel.Error,
                $"{path} is not used for plug-ins, because others could change it: give it to root, and chmod "
                + "go-w it.");
        }

        return isTrusted;
    }

    /// <summary>By its full path: a plug-in may look for its own files beside itself.</summary>
    private Plugin? Link(string path)
    {
        void* library;
        fixed (byte* bytes = Encoding.UTF8.GetBytes(path + '\0'))
        {
            library = Libc.Dlopen(bytes, Libc.RTLD_LAZY);
        }

        PluginMethod* method = null;
        if (library != null)
        {
            fixed (byte* symbol = "plugin_method"u8)
            {
                method = (PluginMethod*)Libc.Dlsym(library, symbol);
            }
        }

        if (method == null)
        {
            string reason = Text(Libc.Dlerror()) ?? "it exports no plugin_method";
            log.Write(LogLevel.Warning, $"{path} is not a plug-in: {reason}.");
            return null;
        }

        string name = Text(method->Name) ?? "without a name";
        if (Allowed?.Contains(method->Uuid) == false)
        {
            log.Write(LogLevel.Error, $"{path} is not used: it is the plug-in {method->Uuid}, not what its name says.");
            return null;
        }

        uint result = method->Initialize == null ? 0 : method->Initialize();
        if (result != 0 || method->Invoke == null)
        {
            log.Write(
                LogLevel.Error,
                method->Invoke == null
                    ? $"Plug-in {name} ({path}) is not used: it has no invoke function."
                    : $"Plug-in {name} ({path}) is not used: its init function failed with 0x{result:x8}.");
            return null;
        }

        return new Plugin(method->Uuid, name, path, method->Invoke);
    }

    private int Open(string path, int flags, out FileStatus status)
    {
        status = default;
        int descriptor;
        fixed (byte* bytes = Encoding.UTF8.GetBytes(path + '\0'))
        {
            descriptor = files.Open(Libc.AT_FDCWD, bytes, flags, 0);
        }

        if (descriptor < 0)
        {
            return descriptor;
        }

        int result = files.GetStatus(descriptor, out status);
        if (result >= 0)
        {
            return descriptor;
        }

        files.Close(descriptor);
        return result;
    }

    private static string? Text(byte* text) => text == null ? null : Marshal.PtrToStringUTF8((nint)text);
}
