using System.Text;
using Thaw.Inference.Batching;

namespace Thaw.UnitTests.Inference.Batching;

public sealed class RequestTextsTests
{
    [Fact]
    public void Texts_are_unchanged_when_the_buffer_grows()
    {
        using var request = new RequestTexts();
        string[] texts = [.. Enumerable.Range(0, 300).Select(length => new string((char)('a' + (length % 26)), length * 7))];

        foreach (string text in texts) Add(request, text, secondOfPair: false);

        Assert.Equal(texts.Length, request.Count);
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Equal(texts[i], Encoding.UTF8.GetString(request.First(i)));
            Assert.False(request.IsPair(i));
        }
    }

    [Fact]
    public void A_pair_is_one_entry_of_two_texts()
    {
        using var request = new RequestTexts();
        Add(request, "alone", secondOfPair: false);
        Add(request, "first", secondOfPair: false);
        Add(request, "", secondOfPair: true);
        Add(request, "", secondOfPair: false);
        Add(request, "second", secondOfPair: true);

        Assert.Equal(3, request.Count);
        Assert.Equal([false, true, true], Enumerable.Range(0, 3).Select(request.IsPair));
        Assert.Equal("first", Encoding.UTF8.GetString(request.First(1)));
        Assert.True(request.Second(1).IsEmpty);
        Assert.True(request.First(2).IsEmpty);
        Assert.Equal("second", Encoding.UTF8.GetString(request.Second(2)));
    }

    [Fact]
    public void Reserved_room_that_is_not_used_goes_to_the_next_text()
    {
        using var request = new RequestTexts();
        "ab......"u8.CopyTo(request.Reserve(8));
        request.Commit(2, secondOfPair: false);
        Add(request, "cd", secondOfPair: false);

        Assert.Equal("ab", Encoding.UTF8.GetString(request.First(0)));
        Assert.Equal("cd", Encoding.UTF8.GetString(request.First(1)));
    }

    [Fact]
    public void Limits_apply_from_the_given_text_on()
    {
        using var request = new RequestTexts();
        for (int i = 0; i < 3; i++) Add(request, "x", secondOfPair: false);

        request.SetLimits(1, 17, truncate: false);

        Assert.Equal([0, 17, 17], Enumerable.Range(0, 3).Select(request.MaxTokens));
        Assert.Equal([true, false, false], Enumerable.Range(0, 3).Select(request.Truncate));
    }

    [Fact]
    public void Disposing_twice_returns_the_buffer_once()
    {
        using var pools = new ArrayPoolWatch();
        var request = new RequestTexts();
        Add(request, new string('x', 100_000), secondOfPair: false);
        Assert.Equal(1, pools.Out);

        request.Dispose();
        request.Dispose();

        Assert.Equal(0, pools.Out);
    }

    private static void Add(RequestTexts request, string text, bool secondOfPair) =>
        request.Commit(Encoding.UTF8.GetBytes(text, request.Reserve(Encoding.UTF8.GetByteCount(text))), secondOfPair);
}
