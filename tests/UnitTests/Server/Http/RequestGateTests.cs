using Thaw.Server.Http;
using Thaw.UnitTests.Inference;

namespace Thaw.UnitTests.Server.Http;

public sealed class RequestGateTests
{
    [Fact]
    public void As_many_requests_as_the_limit_get_in()
    {
        var gate = new RequestGate(2, 1000);

        Assert.True(gate.TryEnter());
        Assert.True(gate.TryEnter());
        Assert.False(gate.TryEnter());
        Assert.False(gate.TryEnter());
        gate.Leave();
        Assert.True(gate.TryEnter());
        Assert.False(gate.TryEnter());
        Assert.Equal(2, gate.Limit);
    }

    [Fact]
    public async Task Never_more_than_the_limit_are_inside_and_no_place_is_lost()
    {
        const int Limit = 3;
        var gate = new RequestGate(Limit, 1000);
        int inside = 0, most = 0, entered = 0, refused = 0;

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (int round = 0; round < 20_000; round++)
                {
                    if (!gate.TryEnter())
                    {
                        Interlocked.Increment(ref refused);
                        continue;
                    }

                    Interlocked.Increment(ref entered);
                    int now = Interlocked.Increment(ref inside);
                    int seen;
                    while ((seen = Volatile.Read(ref most)) < now) Interlocked.CompareExchange(ref most, now, seen);
                    Interlocked.Decrement(ref inside);
                    gate.Leave();
                }
            },
            TaskCreationOptions.LongRunning))).InTime();

        Assert.InRange(most, 1, Limit);
        Assert.Equal(8 * 20_000, entered + refused);
        for (int i = 0; i < Limit; i++) Assert.True(gate.TryEnter());
        Assert.False(gate.TryEnter());
    }
}
