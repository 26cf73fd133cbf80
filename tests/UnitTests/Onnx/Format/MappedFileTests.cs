using Thaw.Onnx.Format;
using Thaw.Onnx.Linux;
using Thaw.TestModels;

namespace Thaw.UnitTests.Onnx.Format;

public sealed class MappedFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nothing_is_read_beyond_the_file_or_after_its_end()
    {
        string path = _folder["f"];
        File.WriteAllBytes(path, [1, 2, 3]);
        MappedFile file = MappedFile.Open(path)!;
        Assert.Equal([2, 3], file.Span(1, 2).ToArray());
        Assert.Equal(0, file.Span(3, 0).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Span(1, 3).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Span(4, 0).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Span(-1, 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Span(1, -1).Length);
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Span(0, 1).Length);
    }

    [Fact]
    public void An_empty_file_is_not_mapped_and_a_missing_one_is_an_error()
    {
        File.WriteAllBytes(_folder["empty"], []);
        Assert.Null(MappedFile.Open(_folder["empty"]));
        Assert.Throws<FileNotFoundException>(() => MappedFile.Open(_folder["missing"]));
        Assert.Throws<UnauthorizedAccessException>(() => MappedFile.Open(_folder.Path));
    }

    [Fact]
    public void A_files_identity_changes_when_it_is_replaced_or_written_to()
    {
        string path = _folder["f"];
        Assert.Null(NativeFile.Identity(path));
        File.WriteAllBytes(path, [1, 2, 3]);
        FileIdentity? first = NativeFile.Identity(path);
        Assert.NotNull(first);
        Assert.Equal(first, NativeFile.Identity(path));
        File.CreateSymbolicLink(_folder["link"], path);
        Assert.Equal(first, NativeFile.Identity(_folder["link"]));
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddSeconds(1.5));
        FileIdentity? touched = NativeFile.Identity(path);
        Assert.Equal((1L, 500_000_000u, 3ul), (touched!.Value.ModifiedSeconds, touched.Value.ModifiedNanoseconds, touched.Value.Size));
        File.WriteAllBytes(_folder["g"], [1, 2, 3]);
        File.SetLastWriteTimeUtc(_folder["g"], DateTime.UnixEpoch.AddSeconds(1.5));
        File.Move(_folder["g"], path, overwrite: true);
        Assert.NotEqual(touched, NativeFile.Identity(path));
    }

    [Fact]
    public void A_mapping_lives_until_its_last_owner_is_disposed()
    {
        File.WriteAllBytes(_folder["f"], [1, 2, 3]);
        MappedFile first = MappedFile.Open(_folder["f"])!, second = first.Share(), third = second.Share();
        first.Dispose();
        first.Dispose();
        Assert.Throws<ObjectDisposedException>(first.Share);
        Assert.Throws<ObjectDisposedException>(() => first.AddressOf(0));
        Assert.Equal([1, 2, 3], second.Span(0, 3).ToArray());
        second.Dispose();
        Assert.Equal([1, 2, 3], third.Span(0, 3).ToArray());
        Assert.Single(Mappings());
        third.Dispose();
        Assert.Empty(Mappings());
        Assert.Throws<ObjectDisposedException>(() => third.Span(0, 1).Length);
        Assert.False(third.TryTouch(0, 1));
        Assert.Throws<ObjectDisposedException>(third.ReleasePageTables);
    }

    [Fact]
    public void Owners_on_all_threads_unmap_a_file_once()
    {
        File.WriteAllBytes(_folder["f"], [.. Enumerable.Range(0, 200).Select(i => (byte)i)]);
        using (MappedFile file = MappedFile.Open(_folder["f"])!)
        {
            Parallel.For(0, 20_000, i =>
            {
                using MappedFile own = file.Share();
                using MappedFile another = own.Share();
                own.Dispose();
                Assert.True(another.TryTouch(0, another.Length));
                Assert.Equal((byte)(i % 200), another.Span(i % 200, 1)[0]);
            });
            Assert.Single(Mappings());
        }

        Assert.Empty(Mappings());
    }

    [Fact]
    public void Page_tables_that_were_given_back_come_again_with_the_same_content()
    {
        var content = new byte[1_000_000];
        new Random(3).NextBytes(content);
        File.WriteAllBytes(_folder["f"], content);
        using MappedFile file = MappedFile.Open(_folder["f"])!, copy = MappedFile.Of("copy", content);
        foreach (MappedFile mapped in (MappedFile[])[file, copy])
        {
            for (int round = 0; round < 3; round++)
            {
                Assert.True(content.AsSpan().SequenceEqual(mapped.Span(0, content.Length)));
                mapped.ReleasePageTables();
            }
        }
    }

    [Fact]
    public void Page_tables_are_given_back_while_others_read_and_unmap()
    {
        const int Files = 4, Threads = 6;
        var content = new byte[3_000_000];
        new Random(5).NextBytes(content);
        for (int i = 0; i < Files; i++) File.WriteAllBytes(_folder[$"{i}"], content);
        var files = new MappedFile[Files];
        for (int i = 0; i < Files; i++) files[i] = MappedFile.Open(_folder[$"{i}"])!;
        int next = 0;
        Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, thread =>
        {
            var random = new Random(thread);
            while (Interlocked.Increment(ref next) < 20_000)
            {
                int number = random.Next(Files);
                try
                {
                    using MappedFile file = Volatile.Read(ref files[number]).Share();
                    int at = random.Next(content.Length), length = random.Next(content.Length - at);
                    if (thread < 3) Assert.True(content.AsSpan(at, length).SequenceEqual(file.Span(at, length)));
                    else if (random.Next(20) > 0) file.ReleasePageTables();
                    else Interlocked.Exchange(ref files[number], MappedFile.Open(_folder[$"{number}"])!).Dispose();
                }
                catch (ObjectDisposedException)
                {
                    // Another thread has just replaced it.
                }
            }
        });
        Assert.Equal(Files, Mappings().Length);
        foreach (MappedFile file in files) file.Dispose();
        Assert.Empty(Mappings());
    }

    [Fact]
    public void Thousands_of_mappings_keep_no_descriptor_and_outlive_their_files()
    {
        const int Count = 5000;
        string path = _folder["f"];
        File.WriteAllBytes(path, [7]);
        int descriptors = Descriptors();
        MappedFile[] files = [.. Enumerable.Range(0, Count).Select(_ => MappedFile.Open(path)!)];
        // Other tests open a few files meanwhile.
        Assert.InRange(Descriptors() - descriptors, -1000, 1000);
        File.WriteAllBytes(_folder["new"], [8]);
        File.Move(_folder["new"], path, overwrite: true);
        using (MappedFile replaced = MappedFile.Open(path)!) Assert.Equal(8, replaced.Span(0, 1)[0]);
        File.Delete(path);
        Assert.All(files, file => Assert.Equal(7, file.Span(0, 1)[0]));
        foreach (MappedFile file in files) file.Dispose();
        Assert.Empty(Mappings());

        static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
    }

    [Fact]
    public void The_identity_is_that_of_the_mapped_file_even_if_its_path_leads_elsewhere_by_then()
    {
        string[] targets = [_folder["a"], _folder["b"]];
        for (int i = 0; i < 2; i++) File.WriteAllBytes(targets[i], [(byte)i]);
        FileIdentity?[] identities = Array.ConvertAll(targets, NativeFile.Identity);
        string link = _folder["link"];
        File.CreateSymbolicLink(link, targets[0]);
        bool isDone = false;
        var swaps = new Thread(() =>
        {
            for (int i = 1; !Volatile.Read(ref isDone); i++)
            {
                File.CreateSymbolicLink(_folder["next"], targets[i % 2]);
                File.Move(_folder["next"], link, overwrite: true);
            }
        });
        swaps.Start();
        try
        {
            var seen = new int[2];
            while (seen.Min() < 5000)
            {
                using MappedFile file = MappedFile.Open(link)!;
                int target = file.Span(0, 1)[0];
                seen[target]++;
                Assert.Equal(identities[target], file.Identity);
            }
        }
        finally
        {
            Volatile.Write(ref isDone, true);
            swaps.Join();
        }
    }

    private string[] Mappings() => [.. File.ReadLines("/proc/self/maps").Where(line => line.Contains(_folder.Path, StringComparison.Ordinal))];
}
