using Thaw.Inference.Layouts;
using Thaw.Onnx.Linux;

namespace Thaw.UnitTests.Inference.Layouts;

public sealed class SourceKeyTests
{
    private static readonly FileIdentity File = new(1, 2, 3, 4, 5, 6, 7);

    [Fact]
    public void A_key_has_32_hexadecimal_digits_and_is_the_same_for_the_same_files()
    {
        string key = SourceKey.Of([1, 2, 3], [File, File]);
        Assert.Matches("^[0-9a-f]{32}$", key);
        Assert.Equal(key, SourceKey.Of([1, 2, 3], [File, File]));
        Assert.Matches("^[0-9a-f]{32}$", SourceKey.Of([], []));
    }

    [Fact]
    public void Whatever_changes_of_the_structure_or_of_a_file_changes_the_key()
    {
        FileIdentity[] files =
        [
            File, File with { Device = 9 }, File with { Inode = 9 }, File with { Size = 9 }, File with { ModifiedSeconds = 9 },
            File with { ModifiedNanoseconds = 9 }, File with { ChangedSeconds = 9 }, File with { ChangedNanoseconds = 9 },
        ];
        List<string> keys = [SourceKey.Of([], []), SourceKey.Of([1], []), SourceKey.Of([1], [File, File]), SourceKey.Of([2], [File])];
        foreach (FileIdentity file in files) keys.Add(SourceKey.Of([1], [file]));
        keys.Add(SourceKey.Of([1], [files[1], files[2]]));
        keys.Add(SourceKey.Of([1], [files[2], files[1]]));
        Assert.Equal(keys.Count, keys.Distinct().Count());
    }
}
