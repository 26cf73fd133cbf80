using Thaw.Onnx.Linux;
using Thaw.TestModels;

namespace Thaw.UnitTests.Onnx.Linux;

public sealed class FileIdentityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_that_is_written_to_and_given_its_old_time_has_another_identity()
    {
        string path = _folder["file"];
        File.WriteAllBytes(path, [1, 2, 3]);
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddSeconds(1.5));
        FileIdentity before = NativeFile.Identity(path)!.Value;
        Assert.InRange(before.ChangedSeconds, DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 60, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        Thread.Sleep(20);
        File.WriteAllBytes(path, [1, 2, 4]);
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddSeconds(1.5));
        FileIdentity after = NativeFile.Identity(path)!.Value;
        Assert.NotEqual(before, after);
        Assert.Equal(before, after with { ChangedSeconds = before.ChangedSeconds, ChangedNanoseconds = before.ChangedNanoseconds });
    }

    [Fact]
    public void An_identity_is_read_as_it_was_written()
    {
        var identity = new FileIdentity(ulong.MaxValue, 2, 3, -4, 5, long.MinValue, uint.MaxValue);
        var bytes = new byte[FileIdentity.EncodedBytes];
        identity.Write(bytes);
        Assert.Equal(identity, FileIdentity.Read(bytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => identity.Write(new byte[FileIdentity.EncodedBytes - 1]));
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(-2, -2, false)]
    [InlineData(-3, -3, true)]
    [InlineData(-3, 0, false)]
    [InlineData(0, -3, false)]
    [InlineData(1, -10, false)]
    [InlineData(-1_000_000, -1_000_000, true)]
    public void An_identity_is_settled_once_both_of_its_times_are_more_than_two_seconds_ago(long modified, long changed, bool expected)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1_000_000_000);
        FileIdentity identity = new() { ModifiedSeconds = now.ToUnixTimeSeconds() + modified, ChangedSeconds = now.ToUnixTimeSeconds() + changed };
        Assert.Equal(expected, identity.IsSettledAt(now));
        Assert.False((identity with { ModifiedSeconds = long.MaxValue }).IsSettledAt(now));
    }

    [Fact]
    public void A_new_file_settles_after_some_seconds()
    {
        File.WriteAllBytes(_folder["file"], [1]);
        FileIdentity identity = NativeFile.Identity(_folder["file"])!.Value;
        Assert.False(identity.IsSettledAt(DateTimeOffset.UtcNow));
        Assert.True(identity.IsSettledAt(DateTimeOffset.UtcNow.AddSeconds(4)));
    }
}
