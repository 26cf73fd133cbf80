using Thaw.Inference.Memory;
using Thaw.TestModels;

namespace Thaw.UnitTests.Inference.Memory;

public sealed class SystemMemoryTests : IDisposable
{
    private const string V1 = "sys/fs/cgroup/memory/memory.limit_in_bytes";
    private const string V2 = "sys/fs/cgroup/memory.max";
    private const string Meminfo = "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    2000000 kB\n";
    private const long Machine = 16_000_000L * 1024;

    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Without_a_group_the_limit_is_the_machines_memory() => AssertLimit(Machine);

    [Fact]
    public void A_version_2_group_limits_it() => AssertLimit(2_147_483_648, (V2, "2147483648\n"));

    [Fact]
    public void A_version_1_group_limits_it() => AssertLimit(536_870_912, (V1, "536870912\n"));

    [Fact]
    public void The_smaller_of_two_group_limits_counts() => AssertLimit(1_000_000, (V1, "1000000\n"), (V2, "2000000\n"));

    [Theory]
    [InlineData(V2, "max\n")]
    [InlineData(V1, "9223372036854771712\n")]
    [InlineData(V1, "18446744073709551615\n")]
    [InlineData(V1, "-1\n")]
    [InlineData(V2, "0\n")]
    [InlineData(V2, "")]
    [InlineData(V2, "?\n")]
    public void A_group_that_sets_no_limit_changes_nothing(string file, string text) => AssertLimit(Machine, (file, text));

    [Fact]
    public void A_group_that_allows_more_than_the_machine_has_changes_nothing() => AssertLimit(Machine, (V2, $"{Machine * 2}\n"));

    [Fact]
    public void A_directory_in_place_of_the_file_changes_nothing()
    {
        Directory.CreateDirectory(_root[V2]);

        AssertLimit(Machine);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("MemTotal: lots kB\n")]
    [InlineData("MemFree: 12 kB\n")]
    public void Without_a_readable_meminfo_the_runtime_is_asked(string? meminfo)
    {
        if (meminfo is not null) Write("proc/meminfo", meminfo);

        Assert.Equal(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, SystemMemory.Limit(_root.Path));
    }

    [Fact]
    public void This_machine_has_memory()
    {
        Assert.True(SystemMemory.Limit() > 0);
        Assert.InRange(SystemMemory.Available(), 1, SystemMemory.Limit());
    }

    [Theory]
    [InlineData("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory.current", "sys/fs/cgroup/memory.stat", "inactive_file 300")]
    [InlineData(V1, "sys/fs/cgroup/memory/memory.usage_in_bytes", "sys/fs/cgroup/memory/memory.stat", "total_inactive_file 300")]
    public void A_groups_unused_memory_and_inactive_page_cache_are_available(string limit, string used, string stat, string idle)
    {
        Write("proc/meminfo", Meminfo);
        Assert.Equal(2_000_000L * 1024, SystemMemory.Available(_root.Path));
        Write(limit, "5000\n");
        Write(used, "4100\n");
        Write(stat, $"anon 3000\n{idle}\nactive_file 100\n");
        Assert.Equal(1200, SystemMemory.Available(_root.Path));
        Write(used, "9000\n");
        Assert.Equal(0, SystemMemory.Available(_root.Path));
        Write(limit, "max\n");
        Assert.Equal(2_000_000L * 1024, SystemMemory.Available(_root.Path));
    }

    [Theory]
    [InlineData(V2, "sys/fs/cgroup/memory.current", "sys/fs/cgroup/memory.stat", "")]
    [InlineData(V1, "sys/fs/cgroup/memory/memory.usage_in_bytes", "sys/fs/cgroup/memory/memory.stat", "total_")]
    public void Memory_is_short_if_hardly_any_is_left_without_the_page_cache(string limit, string used, string stat, string prefix)
    {
        Write("proc/meminfo", Meminfo);
        Write(limit, "16000\n");
        Write(used, "15000\n");
        Assert.False(SystemMemory.IsShort(_root.Path));
        Write(used, "15001\n");
        Assert.True(SystemMemory.IsShort(_root.Path));
        Write(stat, $"anon 9000\n{prefix}inactive_file 600\n{prefix}active_file 400\n");
        Write(used, "16000\n");
        Assert.False(SystemMemory.IsShort(_root.Path));
        Write(used, "16001\n");
        Assert.True(SystemMemory.IsShort(_root.Path));
        Write(limit, "max\n");
        Assert.False(SystemMemory.IsShort(_root.Path));
        Write("proc/meminfo", Meminfo.Replace("2000000", "999999", StringComparison.Ordinal));
        Assert.True(SystemMemory.IsShort(_root.Path));
    }

    private void AssertLimit(long expected, params (string File, string Text)[] files)
    {
        Write("proc/meminfo", Meminfo);
        foreach ((string file, string text) in files) Write(file, text);

        Assert.Equal(expected, SystemMemory.Limit(_root.Path));
    }

    private void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root[file])!);
        File.WriteAllText(_root[file], text);
    }
}
