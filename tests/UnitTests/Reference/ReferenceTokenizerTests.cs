using Thaw.Reference;
using Thaw.Reference.Vocabularies;

namespace Thaw.UnitTests.Reference;

/// <summary>What the comparisons expect of the client of the reference.</summary>
public sealed class ReferenceTokenizerTests
{
    [Fact]
    public void Texts_arrive_as_they_are()
    {
        using var reference = ReferenceTokenizer.Load(EveryScalar.WordPiece);
        Assert.Equal(["[CLS]", "x", "##\U00010428", "[SEP]"], reference.Tokens(["\0\uFEFFX\U00010400"])[0]);
        Assert.Equal([[2, 3], [2, 3]], reference.EncodeIds(["", "\r\n"]));
        Assert.Throws<System.Text.EncoderFallbackException>(() => reference.EncodeIds(["\uD800"]));
    }

    [Fact]
    public void Offsets_count_code_points()
    {
        using var reference = ReferenceTokenizer.Load(Trained.XlmRoberta);
        ReferenceEncoding encoding = reference.Encode("\U0001F600\U0001F600 the");
        Assert.Equal((3, 6), encoding.Offsets[^2]);
    }

    [Fact]
    public void Windows_cover_a_text_to_its_end()
    {
        string text = string.Join(' ', Enumerable.Repeat("the", 20));
        using var reference = ReferenceTokenizer.Load(Trained.XlmRoberta);
        ReferenceEncoding first = reference.Windows([text], new Truncation(MaxLength: 7, Stride: 2))[0];
        Assert.Equal((0, 3), first.Offsets[1]);
        Assert.Equal(5, first.Overflowing.Length);
        Assert.Equal((text.Length - 3, text.Length), first.Overflowing[^1].Offsets[^2]);
    }

    [Fact]
    public void A_refusal_and_a_panic_become_exceptions_and_do_not_harm_the_next_one()
    {
        Assert.Contains("Model missing", Assert.Throws<ReferenceException>(() => ReferenceTokenizer.Load("{}")).Message);
        using (var reference = ReferenceTokenizer.Load(Trained.XlmRoberta))
            Assert.Contains("stride", Assert.Throws<ReferenceException>(() => reference.SetTruncation(new Truncation(MaxLength: 4, Stride: 4))).Message);
        using var next = ReferenceTokenizer.Load(Trained.XlmRoberta);
        Assert.Equal(["the the"], next.Decode(next.EncodeIds(["the the"])));
    }

    [Fact]
    public void Trained_vocabularies_begin_and_end_with_special_tokens()
    {
        foreach (string json in (string[])[Trained.Roberta, Trained.XlmRoberta])
        {
            using var reference = ReferenceTokenizer.Load(json);
            Assert.Equal([0, 1, 2, 3], reference.EncodeIds(["<s><pad></s><unk>"], addSpecialTokens: false)[0]);
            Assert.Equal(["<s>", " <mask>", "</s>"], reference.Tokens([" <mask>"])[0]);
        }
    }
}
