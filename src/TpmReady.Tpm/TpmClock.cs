// SPDX-License-Identifier: MIT

namespace TpmReady.Tpm;

/// <summary>TPMS_TIME_INFO: what TPM2_ReadClock answers (TCG TPM 2.0 Library part 2, section 10.11).</summary>
/// <param name="Time">Milliseconds since the TPM was started; restarts near 0 when a firmware TPM's TA does.</param>
/// <param name="Clock">Milliseconds that the TPM has run in its life.</param>
/// <param name="ResetCount">How often it was reset.</param>
/// <param name="RestartCount">How often it was restarted or resumed since the last reset.</param>
/// <param name="IsSafe">Whether no larger value of <paramref name="Clock"/> was ever reported.</param>
public readonly record struct TpmClock(ulong Time, ulong Clock, uint ResetCount, uint RestartCount, bool IsSafe);
