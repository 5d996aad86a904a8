// SPDX-License-Identifier: MIT

using System.Text;
using System.Threading.Tasks;
using TpmReady.Supplicant.Storage;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>Which write of the secure world commits.</summary>
public sealed class CommitRuleTests
{
    [Test]
    [Arguments("dirf.db", nameof(StoredFileKind.Index))]
    [Arguments("0", nameof(StoredFileKind.Object))]
    [Arguments("1a", nameof(StoredFileKind.Object))]
    [Arguments("1A", nameof(StoredFileKind.Other))]
    [Arguments("dead/beef", nameof(StoredFileKind.Other))]
    [Arguments("0.ta", nameof(StoredFileKind.Application))]
    [Arguments("17.ta", nameof(StoredFileKind.Application))]
    [Arguments("1a.ta", nameof(StoredFileKind.Other))]
    [Arguments(".ta", nameof(StoredFileKind.Other))]
    [Arguments("dirf.db.removed-1", nameof(StoredFileKind.Other))]
    [Arguments("u/dirf.db", nameof(StoredFileKind.Other))]
    public async Task Names_say_what_a_file_is(string path, string kind) =>
        await Assert.That(CommitRule.KindOf(Encoding.UTF8.GetBytes(path)).ToString()).IsEqualTo(kind);

    [Test]
    [Arguments(nameof(StoredFileKind.Index), 0UL, 68, true)]
    [Arguments(nameof(StoredFileKind.Index), 68UL, 68, true)]
    [Arguments(nameof(StoredFileKind.Index), 4095UL, 1, true)]
    [Arguments(nameof(StoredFileKind.Index), 0UL, 0, false)]
    [Arguments(nameof(StoredFileKind.Index), 4096UL, 66, false)]
    [Arguments(nameof(StoredFileKind.Object), 0UL, 68, false)]
    [Arguments(nameof(StoredFileKind.Application), 0UL, 4096, false)]
    [Arguments(nameof(StoredFileKind.Other), 0UL, 68, false)]
    public async Task Only_the_index_s_head_commits(string kind, ulong offset, int length, bool commits) =>
        await Assert.That(CommitRule.Commits(System.Enum.Parse<StoredFileKind>(kind), offset, length))
            .IsEqualTo(commits);

    [Test]
    public async Task What_nobody_knows_never_waits()
    {
        await Assert.That(CommitRule.MayWait(FileSyncMode.Commit, StoredFileKind.Other)).IsFalse();
        await Assert.That(CommitRule.MayWait(FileSyncMode.Commit, StoredFileKind.Object)).IsTrue();
        await Assert.That(CommitRule.MayWait(FileSyncMode.Strict, StoredFileKind.Object)).IsFalse();
        await Assert.That(CommitRule.TruncatesAtCommit(StoredFileKind.Other)).IsFalse();
        await Assert.That(CommitRule.TruncatesAtCommit(StoredFileKind.Object)).IsTrue();
    }
}
