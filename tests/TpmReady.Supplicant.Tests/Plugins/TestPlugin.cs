// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.IO;

namespace TpmReady.Supplicant.Tests.Plugins;

/// <summary>Compiles plug-ins in C, as they are written for OP-TEE.</summary>
internal static class TestPlugin
{
    // f07bfc66-958c-4a15-99c0-260e4e7375dd, as xtest's plug-in has it.
    private const string XtestUuid =
        "{ 0xf07bfc66, 0x958c, 0x4a15, { 0x99, 0xc0, 0x26, 0x0e, 0x4e, 0x73, 0x75, 0xdd } }";

    /// <summary>
    /// A plug-in that adds the sub-command to every byte and says what it got: command 1 fails with 0xffff0006 after
    /// writing a length, command 2 claims more than there is room for.
    /// </summary>
    public static void Compile(
        string path,
        string uuid = XtestUuid,
        string init = "0",
        string name = "\"adder\"",
        string symbol = "plugin_method")
    {
        string source = $$"""
            #include <stddef.h>
            #include <stdint.h>
            static uint32_t init(void) { return {{init}}; }
            static uint32_t invoke(unsigned cmd, unsigned sub, void *data, size_t len, size_t *out) {
                if (cmd == 1) { *out = 3; return 0xffff0006; }
                if (cmd == 2) { *out = len + 1; return 0; }
                for (size_t i = 0; i < len; i++) ((uint8_t *)data)[i] += sub;
                if (len) *out = len;
                return data || !len ? 0 : 0xffff0000;
            }
            struct plugin_method {
                const char *name;
                struct { uint32_t low; uint16_t mid, high; uint8_t rest[8]; } uuid;
                uint32_t (*init)(void);
                uint32_t (*invoke)(unsigned, unsigned, void *, size_t, size_t *);
            };
            struct plugin_method {{symbol}} = { {{name}}, {{uuid}}, init, invoke };
            """;
        ProcessStartInfo start = new("gcc", ["-shared", "-fPIC", "-x", "c", "-o", path, "-"])
        {
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        using Process compiler = Process.Start(start) ?? throw new InvalidOperationException("gcc does not start.");
        compiler.StandardInput.Write(source);
        compiler.StandardInput.Close();
        compiler.WaitForExit();
        if (compiler.ExitCode != 0)
        {
            throw new InvalidOperationException("gcc failed.");
        }

        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
