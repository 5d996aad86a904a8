// SPDX-License-Identifier: MIT

using System;
using System.IO;
using TpmReady.Boot.Driver;
using TpmReady.Boot.Gate;
using TpmReady.Boot.Generator;
using TpmReady.Boot.TeeSupplicant;

namespace TpmReady.Boot;

/// <summary>One executable, several roles: the name it is called by decides, or else its first argument.</summary>
internal static class Program
{
    private const string Usage =
        """
        Usage: tpmready-boot ROLE [ARGUMENT…]

        Roles:
          tee-supplicant      serves the secure world of OP-TEE; tee-supplicant --help tells more
          tpmready-generator  enqueues what a firmware TPM needs; run by systemd
          tpmready-gate       waits until the TPM works
          tpmready-driver     binds and unbinds the TPM's driver

        A link to this program that bears a role's name plays that role.

        """;

    private static int Main(string[] arguments)
    {
        string name = Path.GetFileName(Environment.GetCommandLineArgs()[0]);
        switch (name)
        {
            case SupplicantCommand.Name:
                return SupplicantCommand.Run([name], arguments);
            case GeneratorCommand.Name:
                return GeneratorCommand.Run(arguments);
            case GateCommand.Name:
                return GateCommand.Run(arguments);
            case DriverCommand.Name:
                return DriverCommand.Run(arguments);
        }

        switch (arguments is [string role, ..] ? role : null)
        {
            case SupplicantCommand.Name:
                return SupplicantCommand.Run([name, SupplicantCommand.Name], arguments[1..]);
            case GeneratorCommand.Name:
                return GeneratorCommand.Run(arguments[1..]);
            case GateCommand.Name:
                return GateCommand.Run(arguments[1..]);
            case DriverCommand.Name:
                return DriverCommand.Run(arguments[1..]);
            case "-h" or "--help":
                StandardOutput.Write(Usage);
                return 0;
            case null:
                StandardOutput.WriteError(Usage);
                return 1;
            case string unknown:
                StandardOutput.WriteError($"tpmready-boot: there is no role {unknown}.\n{Usage}");
                return 1;
        }
    }
}
