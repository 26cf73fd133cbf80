using Thaw.Onnx.Linux;
using Thaw.TestModels;

namespace Thaw.UnitTests.Onnx.Linux;

public sealed class MappingLimitTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_over_the_limit_is_refused_until_something_is_unmapped_or_the_limit_is_raised()
    {
        string setting = _folder["max_map_count"];
        File.WriteAllText(setting, $"{MappingLimit.Reserve + 3}\n");
        var limit = new MappingLimit(setting);
        for (int i = 0; i < 3; i++) limit.Take();
        for (int i = 0; i < 3; i++) Assert.Contains($"3 files are mapped, and the system allows a process {MappingLimit.Reserve + 3}", Refused());
        limit.Return();
        limit.Take();
        Refused();
        File.WriteAllText(setting, $"{MappingLimit.Reserve + 4}\n");
        limit.Take();
        Refused();

        string Refused() => Assert.Throws<SystemLimitException>(limit.Take).Message;
    }

    [Theory]
    [InlineData(null)]
    [InlineData("many")]
    public void A_limit_that_the_system_does_not_tell_is_that_of_Linux(string? text)
    {
        if (text is not null) File.WriteAllText(_folder["max_map_count"], text);
        var limit = new MappingLimit(_folder["max_map_count"]);
        for (int i = MappingLimit.Reserve; i < 65_530; i++) limit.Take();
        Assert.Throws<SystemLimitException>(limit.Take);
    }

    [Fact]
    public void Threads_never_take_more_than_the_limit_and_all_of_it_is_usable_afterwards()
    {
        const int Room = 6, Threads = 8, Tries = 7;
        File.WriteAllText(_folder["max_map_count"], $"{MappingLimit.Reserve + Room}");
        var limit = new MappingLimit(_folder["max_map_count"]);
        int held = 0, most = 0, refused = 0;
        Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, _ =>
        {
            for (int round = 0; round < 2000; round++)
            {
                int taken = 0;
                try
                {
                    for (; taken < Tries; taken++)
                    {
                        limit.Take();
                        int now = Interlocked.Increment(ref held);
                        if (now > Volatile.Read(ref most)) Volatile.Write(ref most, now);
                    }
                }
                catch (SystemLimitException)
                {
                    Interlocked.Increment(ref refused);
                }

                for (; taken > 0; taken--)
                {
                    Interlocked.Decrement(ref held);
                    limit.Return();
                }
            }
        });
        Assert.InRange(most, 1, Room);
        Assert.True(refused > 0);
        for (int i = 0; i < Room; i++) limit.Take();
        Assert.Throws<SystemLimitException>(limit.Take);
    }
}
