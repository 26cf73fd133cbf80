using Thaw.Inference.Layouts;

namespace Thaw.UnitTests.Inference.Layouts;

public sealed class InvocationWindowTests
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void The_nth_invocation_within_the_time_and_all_after_it_are_due(int invocations)
    {
        var window = new InvocationWindow(new PromotionRule(invocations, Long));
        for (int number = 1; number <= 20; number++) Assert.Equal(number >= invocations, window.Count(number));
    }

    [Fact]
    public void With_a_rule_of_zero_invocations_none_is_due()
    {
        var window = new InvocationWindow(new PromotionRule(0, Long));
        for (int number = 1; number <= 5; number++) Assert.False(window.Count(number));
    }

    [Fact]
    public void Invocations_before_the_time_do_not_count()
    {
        var window = new InvocationWindow(new PromotionRule(3, TimeSpan.FromMilliseconds(50)));
        Assert.False(window.Count(1));
        Assert.False(window.Count(2));
        Thread.Sleep(60);
        Assert.False(window.Count(3));
    }

    [Fact]
    public void Many_threads_may_count_at_once()
    {
        var window = new InvocationWindow(new PromotionRule(10, Long));
        long next = 0, due = 0;
        Parallel.For(0, 1000, _ =>
        {
            if (window.Count(Interlocked.Increment(ref next))) Interlocked.Increment(ref due);
        });
        Assert.Equal(991, due);
    }
}
