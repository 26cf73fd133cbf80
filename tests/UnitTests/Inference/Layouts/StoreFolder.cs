using System.IO.Hashing;
using Thaw.Inference.Layouts;
using Thaw.Onnx.Linux;
using Thaw.TestModels;

namespace Thaw.UnitTests.Inference.Layouts;

/// <summary>A store in a temporary folder, with contents that can be told apart.</summary>
internal sealed class StoreFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Path => _folder["store"];

    public string[] Files => [.. Directory.GetFileSystemEntries(Path).Select(path => System.IO.Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public string Beside(string name) => _folder[name];

    public LayoutStore Open(long limit = 1L << 30)
    {
        LayoutStore? store = LayoutStore.TryOpen(Path, limit, out string? reason);
        Assert.Null(reason);
        return store!;
    }

    public static string Key(int number) => Convert.ToHexStringLower(XxHash128.Hash(BitConverter.GetBytes(number)));

    public static byte[] Content(int number, int bytes)
    {
        var content = new byte[bytes];
        new Random(number).NextBytes(content);
        return content;
    }

    /// <summary>Writes a content under the key of its number.</summary>
    public static LayoutEntry Write(LayoutStore store, int number, int bytes)
    {
        LayoutEntry? entry = store.TryWrite(
            Key(number), bytes, stream => stream.Write(Content(number, bytes)), out string? reason, CancellationToken.None);
        Assert.Null(reason);
        AssertHolds(number, entry!);
        return entry!;
    }

    public static LayoutEntry? FindContent(LayoutStore store, int number) => store.TryFindContent(Key(number), CancellationToken.None);

    public static void AssertHolds(int number, LayoutEntry entry)
    {
        Assert.Equal(Key(number), entry.ContentKey);
        Assert.Equal(NativeFile.Identity(entry.Path), entry.Identity);
        Assert.True(Content(number, (int)entry.Bytes).AsSpan().SequenceEqual(File.ReadAllBytes(entry.Path).AsSpan(0, (int)entry.Bytes)));
    }

    public string ReferenceOf(string sourceKey) => System.IO.Path.Combine(Path, sourceKey + ".ref");

    public void Dispose() => _folder.Dispose();
}
