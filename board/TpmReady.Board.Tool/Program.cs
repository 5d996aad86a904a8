// SPDX-License-Identifier: MIT

using TpmReady.Board.Tool;

return await BoardTool.RunAsync(args).ConfigureAwait(false);
