// SPDX-License-Identifier: MIT

namespace TpmReady.Board.Tests.Scenarios;

/// <summary>How a user of the TPM fared in a boot.</summary>
/// <param name="Name">The unit.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="BeganAt">When it began, in seconds of the kernel's clock.</param>
/// <param name="EndedAt">When it ended.</param>
public sealed record ConsumerRun(ConsumerName Name, ConsumerOutcome Outcome, double? BeganAt, double? EndedAt);
