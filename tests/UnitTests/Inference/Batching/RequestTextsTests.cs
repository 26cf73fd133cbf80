using System.Text;
using Thaw.Inference.Batching;

namespace Thaw.UnitTests.Inference.Batching;

public sealed class RequestTextsTests
{
    [Fact]
    public void Texts_come_back_as_they_went_in_however_much_the_buffer_grew()
    {
        using var batch = new RequestTexts();
        string[] texts = [.. Enumerable.Range(0, 300).Select(length => new string((char)('a' + (length % 26)), length * 7))];

        foreach (string text in texts) Add(batch, text, secondOfPair: false);

        Assert.Equal(texts.Length, batch.Count);
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Equal(texts[i], Encoding.UTF8.GetString(batch.First(i)));
            Assert.False(batch.IsPair(i));
        }
    }

    [Fact]
    public void A_pair_is_one_entry_of_two_texts()
    {
        using var batch = new RequestTexts();
        Add(batch, "alone", secondOfPair: false);
        Add(batch, "first", secondOfPair: false);
        Add(batch, "", secondOfPair: true);
        Add(batch, "", secondOfPair: false);
        Add(batch, "second", secondOfPair: true);

        Assert.Equal(3, batch.Count);
        Assert.Equal([false, true, true], Enumerable.Range(0, 3).Select(batch.IsPair));
        Assert.Equal("first", Encoding.UTF8.GetString(batch.First(1)));
        Assert.True(batch.Second(1).IsEmpty);
        Assert.True(batch.First(2).IsEmpty);
        Assert.Equal("second", Encoding.UTF8.GetString(batch.Second(2)));
    }

    [Fact]
    public void Room_that_is_not_used_up_is_given_to_the_next_text()
    {
        using var batch = new RequestTexts();
        "ab......"u8.CopyTo(batch.Reserve(8));
        batch.Commit(2, secondOfPair: false);
        Add(batch, "cd", secondOfPair: false);

        Assert.Equal("ab", Encoding.UTF8.GetString(batch.First(0)));
        Assert.Equal("cd", Encoding.UTF8.GetString(batch.First(1)));
    }

    [Fact]
    public void Limits_hold_from_the_given_text_on()
    {
        using var batch = new RequestTexts();
        for (int i = 0; i < 3; i++) Add(batch, "x", secondOfPair: false);

        batch.SetLimits(1, 17, truncate: false);

        Assert.Equal([0, 17, 17], Enumerable.Range(0, 3).Select(batch.MaxTokens));
        Assert.Equal([true, false, false], Enumerable.Range(0, 3).Select(batch.Truncate));
    }

    [Fact]
    public void It_may_be_disposed_twice_and_gives_its_buffer_back_once()
    {
        using var pools = new ArrayPoolWatch();
        var batch = new RequestTexts();
        Add(batch, new string('x', 100_000), secondOfPair: false);
        Assert.Equal(1, pools.Out);

        batch.Dispose();
        batch.Dispose();

        Assert.Equal(0, pools.Out);
    }

    private static void Add(RequestTexts batch, string text, bool secondOfPair) =>
        batch.Commit(Encoding.UTF8.GetBytes(text, batch.Reserve(Encoding.UTF8.GetByteCount(text))), secondOfPair);
}
