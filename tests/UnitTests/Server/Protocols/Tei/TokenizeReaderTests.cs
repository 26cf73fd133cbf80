using System.Buffers;
using System.Text;
using Thaw.Inference;
using Thaw.Server.Protocols.Tei;

namespace Thaw.UnitTests.Server.Protocols.Tei;

public sealed class TokenizeReaderTests
{
    private const string Whole = """{"inputs":["é\ud83d\ude00\n","中"],"add_special_tokens":false,"offsets":"utf16","prompt_name":null} """;

    [Theory]
    [InlineData("""{"inputs":"a b"}""", "<a b> + CodePoint")]
    [InlineData("""{"inputs":""}""", "<> + CodePoint")]
    [InlineData("""{"inputs":[]}""", "+ CodePoint")]
    [InlineData("""{"inputs":["a","b"],"prompt_name":null}""", "<a> <b> + CodePoint")]
    [InlineData("""{"offsets":"byte","add_special_tokens":false,"inputs":["a"]}""", "<a> - Byte")]
    [InlineData("""{"inputs":"a","offsets":"codepoint","add_special_tokens":true}""", "<a> + CodePoint")]
    [InlineData("""{"\u0069nputs":"\u00e9"}""", "<é> + CodePoint")]
    [InlineData(Whole, "<é😀\n> <中> - Utf16")]
    public void Every_form_is_read(string body, string expected) => Assert.Equal(expected, Describe(Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData("", "empty")]
    [InlineData(" \r\n", "empty")]
    [InlineData("{", "not valid JSON")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("\"a\"", "not a JSON object")]
    [InlineData("{}", "There is no text")]
    [InlineData("""{"inputs":null}""", "JSON string")]
    [InlineData("""{"inputs":7}""", "JSON string")]
    [InlineData("""{"inputs":{"text":"a"}}""", "JSON string")]
    [InlineData("""{"inputs":["a",1]}""", "JSON string")]
    [InlineData("""{"inputs":[["a","b"]]}""", "JSON string")]
    [InlineData("""{"inputs":["a","b","c","d","e"]}""", "THAW_MAX_TEXTS")]
    [InlineData("""{"inputs":"a","inputs":"b"}""", "twice")]
    [InlineData("""{"inputs":"a","input":"b"}""", "'input'")]
    [InlineData("""{"inputs":"a","prompt_name":"query"}""", "prompt_name")]
    [InlineData("""{"inputs":"a","add_special_tokens":null}""", "add_special_tokens")]
    [InlineData("""{"inputs":"a","add_special_tokens":1}""", "add_special_tokens")]
    [InlineData("""{"inputs":"a","offsets":"utf8"}""", "utf16")]
    [InlineData("""{"inputs":"a","offsets":null}""", "utf16")]
    [InlineData("""{"inputs":"a"} x""", "not valid JSON")]
    [InlineData("""{"inputs":"\ud800"}""", "surrogate")]
    public void What_cannot_be_used_is_refused_with_the_reason(string body, string reason)
    {
        using var pools = new ArrayPoolWatch();
        Assert.Contains(reason, Describe(Encoding.UTF8.GetBytes(body)));
        Assert.Equal(0, pools.Out);
    }

    [Fact]
    public void A_text_may_be_as_long_as_its_limit_and_no_longer()
    {
        string longest = new('a', TokenizeReader.LongestText);
        Assert.Equal($"<{longest}> + CodePoint", Describe(Encoding.UTF8.GetBytes($$"""{"inputs":"{{longest}}"}""")));
        Assert.StartsWith("Text 2 has more than 1048576 bytes", Describe(Encoding.UTF8.GetBytes($$"""{"inputs":["a","{{longest}}a"]}""")));
    }

    [Fact]
    public void Where_the_body_is_cut_into_segments_makes_no_difference()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Whole);
        for (int i = 0; i <= bytes.Length; i++)
        {
            for (int j = i; j <= bytes.Length; j++)
                Assert.Equal(Describe(bytes), Describe(Bodies.Split(bytes, i, j)));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Any_damage_gives_a_request_or_a_reason_and_returns_every_buffer(int seed)
    {
        using var pools = new ArrayPoolWatch();
        var mutator = new Mutator(seed, "\"", "{", "}", "[", "]", ":", ",", "\\ud800", "null", "true", "\"inputs\":", "1e9", "é");
        int refused = 0;
        for (int round = 0; round < 10_000; round++)
        {
            Result<TokenizeRequest> result = TokenizeReader.Read(new ReadOnlySequence<byte>(mutator.Mutate(Encoding.UTF8.GetBytes(Whole))), 4);
            Assert.True(result.Value is null != result.Error is null);
            refused += result.Error is null ? 0 : 1;
            result.Value?.Dispose();
            Assert.Equal(0, pools.Out);
        }

        Assert.InRange(refused, 1, 9_999);
    }

    private static string Describe(byte[] body) => Describe(new ReadOnlySequence<byte>(body));

    private static string Describe(ReadOnlySequence<byte> body)
    {
        Result<TokenizeRequest> result = TokenizeReader.Read(body, maxTexts: 4);
        if (result.Error is { } error) return error.Message;
        using TokenizeRequest request = result.Value!;
        var text = new StringBuilder();
        for (int i = 0; i < request.Texts.Count; i++) text.Append($"<{Encoding.UTF8.GetString(request.Texts.First(i))}> ");
        return text.Append($"{(request.AddSpecialTokens ? '+' : '-')} {request.Offsets}").ToString();
    }
}
