using System.Diagnostics;
using System.Runtime.InteropServices;
using Thaw.Inference.Layouts;

namespace Thaw.UnitTests.Inference.Layouts;

/// <summary>Damaged files, disks that fail, and writes that do not end.</summary>
public sealed class LayoutStoreFailureTests : IDisposable
{
    private const int Bytes = 5_000_000;

    private static readonly string Source = StoreFolder.Key(1001), Other = StoreFolder.Key(1002);

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_reference_that_is_damaged_anywhere_is_removed()
    {
        LayoutStore store = _folder.Open();
        store.Link(Source, StoreFolder.Write(store, 1, 1000));
        string path = _folder.ReferenceOf(Source);
        byte[] whole = File.ReadAllBytes(path);
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= (byte)(1 << (i % 8));
            AssertRemoved(damaged);
            AssertRemoved(whole[..i]);
        }

        AssertRemoved([.. whole, 0]);
        AssertRemoved(new byte[whole.Length]);
        AssertRemoved(new byte[1 << 20]);
        File.WriteAllBytes(path, whole);
        Assert.NotNull(store.TryFind(Source));
        Assert.NotNull(StoreFolder.FindContent(store, 1));

        void AssertRemoved(byte[] content)
        {
            File.WriteAllBytes(path, content);
            Assert.Null(store.TryFind(Source));
            Assert.False(File.Exists(path));
        }
    }

    [Fact]
    public void A_reference_under_the_name_of_another_source_is_removed()
    {
        LayoutStore store = _folder.Open();
        store.Link(Source, StoreFolder.Write(store, 1, 1000));
        File.Copy(_folder.ReferenceOf(Source), _folder.ReferenceOf(Other));
        Assert.Null(store.TryFind(Other));
        Assert.False(File.Exists(_folder.ReferenceOf(Other)));
        Assert.NotNull(store.TryFind(Source));
    }

    [Theory]
    [InlineData("the first byte")]
    [InlineData("the last byte of the weights")]
    [InlineData("a byte of the seal")]
    [InlineData("the end")]
    [InlineData("a longer end")]
    [InlineData("everything")]
    [InlineData("another entry")]
    [InlineData("a directory")]
    public void A_damaged_entry_is_never_used_and_is_written_again(string damage)
    {
        LayoutStore store = _folder.Open();
        LayoutEntry entry = StoreFolder.Write(store, 1, Bytes), other = StoreFolder.Write(store, 2, Bytes);
        store.Link(Source, entry);
        Assert.NotNull(store.TryFind(Source));
        // More than one step of the clock that a file's times are from.
        Thread.Sleep(20);
        switch (damage)
        {
            case "the first byte": Damage(0); break;
            case "the last byte of the weights": Damage(Bytes - 1); break;
            case "a byte of the seal": Damage(Bytes + 20); break;
            case "the end": Resize(Bytes); break;
            case "a longer end": Resize(Bytes + 1000); break;
            case "everything": Resize(0); break;
            case "another entry": File.Copy(other.Path, entry.Path, overwrite: true); break;
            case "a directory":
                File.Delete(entry.Path);
                Directory.CreateDirectory(entry.Path);
                break;
        }

        Assert.Null(store.TryFind(Source));
        Assert.False(File.Exists(_folder.ReferenceOf(Source)));
        Assert.Null(StoreFolder.FindContent(store, 1));
        Assert.False(File.Exists(entry.Path));
        if (Directory.Exists(entry.Path))
        {
            AssertNotWritten(store, stream => stream.Write(StoreFolder.Content(1, Bytes)), "");
            Directory.Delete(entry.Path);
        }

        store.Link(Source, StoreFolder.Write(store, 1, Bytes));
        StoreFolder.AssertHolds(1, store.TryFind(Source)!);
        Assert.Equal(other, StoreFolder.FindContent(store, 2));

        void Damage(long at)
        {
            using FileStream file = new(entry.Path, FileMode.Open, FileAccess.ReadWrite);
            file.Position = at;
            int old = file.ReadByte();
            file.Position = at;
            file.WriteByte((byte)(old ^ 1));
        }

        void Resize(long length)
        {
            using FileStream file = new(entry.Path, FileMode.Open, FileAccess.Write);
            file.SetLength(length);
        }
    }

    [Fact]
    public void An_entry_that_was_replaced_is_found_by_its_content_and_can_be_linked_again()
    {
        LayoutStore store = _folder.Open();
        LayoutEntry entry = StoreFolder.Write(store, 1, Bytes);
        store.Link(Source, entry);
        File.Copy(entry.Path, _folder.Beside("copy"));
        File.Move(_folder.Beside("copy"), entry.Path, overwrite: true);
        Assert.Null(store.TryFind(Source));
        LayoutEntry found = StoreFolder.FindContent(store, 1)!;
        store.Link(Source, found);
        Assert.Equal(found, store.TryFind(Source));
    }

    [Fact]
    public void What_the_disk_does_not_keep_is_detected_before_it_is_used()
    {
        LayoutStore store = _folder.Open();
        byte[] content = StoreFolder.Content(1, Bytes);
        AssertNotWritten(store, stream =>
        {
            stream.Write(content);
            string draft = Path.Combine(_folder.Path, Assert.Single(_folder.Files));
            // .NET does not open a file that another handle has locked.
            string[] arguments = ["if=/dev/zero", $"of={draft}", "conv=notrunc", "bs=100", "count=1", "status=none"];
            using Process damage = Process.Start("dd", arguments);
            damage.WaitForExit();
            Assert.Equal(0, damage.ExitCode);
        }, "check the disk");
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void A_write_that_fails_or_is_cancelled_leaves_nothing()
    {
        LayoutStore store = _folder.Open(2 * Bytes);
        byte[] content = StoreFolder.Content(1, Bytes);
        AssertNotWritten(store, _ => throw new IOException("No space left on device"), "No space left on device");
        AssertNotWritten(store, _ => throw new UnauthorizedAccessException("not allowed"), "not allowed");
        // A caller's mistakes.
        Assert.Throws<InvalidOperationException>(() => AssertNotWritten(store, stream => stream.Write(content, 1, Bytes - 1), ""));
        Assert.Throws<InvalidOperationException>(() => AssertNotWritten(store, stream => stream.Write([.. content, 1]), ""));
        Assert.ThrowsAny<ArgumentException>(() => AssertNotWritten(store, stream => stream.Write(new byte[Bytes + 1000]), ""));
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => store.TryWrite(StoreFolder.Key(1), Bytes, stream =>
        {
            stream.Write(content, 0, Bytes - 1);
            source.Cancel();
            stream.Write(content, Bytes - 1, 1);
        }, out _, source.Token));
        Assert.Empty(_folder.Files);
        LayoutEntry entry = StoreFolder.Write(store, 1, Bytes);
        Assert.Throws<OperationCanceledException>(() => store.TryFindContent(entry.ContentKey, source.Token));
        Assert.Equal(entry, StoreFolder.FindContent(store, 1));
    }

    [Fact]
    public void On_a_read_only_disk_entries_are_used_and_none_is_written()
    {
        Directory.CreateDirectory(_folder.Path, (UnixFileMode)0b111_101_101);
        LayoutStore store = _folder.Open();
        LayoutEntry entry = StoreFolder.Write(store, 1, Bytes);
        store.Link(Source, entry);
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b101_101_101);
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(() =>
        {
            // Permissions do not bind root; on Linux this call changes the user of one thread.
            _ = SetFileUser(65_534);
            Assert.Equal(entry, store.TryFind(Source));
            Assert.Equal(entry, StoreFolder.FindContent(store, 1));
            Assert.False(store.Link(Other, entry));
            AssertNotWritten(store, stream => stream.Write(StoreFolder.Content(1, Bytes)), "");
            store.Remove(entry);
            Assert.Equal(entry, store.TryFind(Source));
            // No room, and nothing that can be removed.
            AssertNotWritten(_folder.Open(Bytes + 1000), _ => { }, "no older entries can be removed");
        }));
        thread.Start();
        thread.Join();
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_101_101);
        Assert.Null(failure);
        Assert.Equal(2, _folder.Files.Length);
    }

    [Fact]
    public void Losing_the_folder_costs_only_the_store()
    {
        LayoutStore store = _folder.Open();
        LayoutEntry entry = StoreFolder.Write(store, 1, Bytes);
        Directory.Delete(_folder.Path, recursive: true);
        AssertGone();
        File.WriteAllText(_folder.Path, "in the way");
        AssertGone();

        void AssertGone()
        {
            Assert.Null(store.TryFind(Source));
            Assert.Null(StoreFolder.FindContent(store, 1));
            Assert.False(store.Link(Source, entry));
            AssertNotWritten(store, stream => stream.Write(StoreFolder.Content(1, Bytes)), "");
            store.Remove(entry);
        }
    }

    [Fact]
    public void A_draft_stays_while_its_process_lives_and_is_removed_after_it_was_killed()
    {
        _folder.Open();
        string draft = Path.Combine(_folder.Path, ".writing-1"), young = Path.Combine(_folder.Path, ".writing-2");
        File.WriteAllText(draft, "half");
        string script = "exec 9<>\"$0\"; flock 9; echo locked; exec sleep 60";
        using Process writer = Process.Start(new ProcessStartInfo("bash", ["-c", script, draft]) { RedirectStandardOutput = true })!;
        Assert.Equal("locked", writer.StandardOutput.ReadLine());
        File.SetLastWriteTimeUtc(draft, DateTime.UtcNow.AddMinutes(-1));
        File.WriteAllText(young, "its lock comes next");
        _folder.Open();
        Assert.Equal([".writing-1", ".writing-2"], _folder.Files);
        writer.Kill();
        writer.WaitForExit();
        _folder.Open();
        Assert.Equal([".writing-2"], _folder.Files);
    }

    private static void AssertNotWritten(LayoutStore store, Action<Stream> write, string expected)
    {
        Assert.Null(store.TryWrite(StoreFolder.Key(1), Bytes, write, out string? reason, CancellationToken.None));
        Assert.Contains(expected, reason);
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    private static extern int SetFileUser(uint user);
}
