using System.Buffers;
using System.Text;
using Thaw.Inference;
using Thaw.Server.Protocols.Tei;

namespace Thaw.UnitTests.Server.Protocols.Tei;

public sealed class DetokenizeReaderTests
{
    private const string Whole = """{"ids":[[101,2147483647],[],[0]],"skip_special_tokens":false} """;

    [Theory]
    [InlineData("""{"ids":[1,2]}""", "[1,2] skips")]
    [InlineData("""{"ids":[]}""", "[] skips")]
    [InlineData("""{"ids":[[]]}""", "[] skips")]
    [InlineData("""{"ids":[[1,2],[3]],"skip_special_tokens":true}""", "[1,2][3] skips")]
    [InlineData("""{"skip_special_tokens":false,"\u0069ds":[1e0]}""", "An id must be")]
    [InlineData(Whole, "[101,2147483647][][0] keeps")]
    public void Every_form_is_read(string body, string expected) =>
        Assert.StartsWith(expected, Describe(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body))));

    [Theory]
    [InlineData("", "empty")]
    [InlineData("{", "not valid JSON")]
    [InlineData("null", "not a JSON object")]
    [InlineData("[[1]]", "not a JSON object")]
    [InlineData("{}", "There are no ids")]
    [InlineData("""{"ids":null}""", "must be a list")]
    [InlineData("""{"ids":7}""", "must be a list")]
    [InlineData("""{"ids":[-1]}""", "from 0 to 2147483647")]
    [InlineData("""{"ids":[2147483648]}""", "from 0 to 2147483647")]
    [InlineData("""{"ids":[1.5]}""", "from 0 to 2147483647")]
    [InlineData("""{"ids":["1"]}""", "from 0 to 2147483647")]
    [InlineData("""{"ids":[null]}""", "from 0 to 2147483647")]
    [InlineData("""{"ids":[1,[2]]}""", "from 0 to 2147483647")]
    [InlineData("""{"ids":[[[1]]]}""", "from 0 to 2147483647")]
    [InlineData("""{"ids":[[1],2]}""", "or a list of such lists")]
    [InlineData("""{"ids":[[1],[2],[3],[4],[5]]}""", "THAW_MAX_TEXTS")]
    [InlineData("""{"ids":[1],"ids":[2]}""", "twice")]
    [InlineData("""{"ids":[1],"inputs":[2]}""", "'inputs'")]
    [InlineData("""{"ids":[1],"skip_special_tokens":"no"}""", "skip_special_tokens")]
    [InlineData("""{"ids":[1]} {}""", "not valid JSON")]
    [InlineData("""{"\ud800":[1]}""", "surrogate")]
    public void What_cannot_be_used_is_refused_with_the_reason(string body, string reason) =>
        Assert.Contains(reason, Describe(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body))));

    [Fact]
    public void As_many_ids_as_allowed_are_read_and_not_one_more()
    {
        string most = string.Join(',', Enumerable.Repeat("1", DetokenizeReader.MostIds));
        Assert.Null(Read($$"""{"ids":[{{most}}]}""").Error);
        Assert.Contains("more than 1048576 ids", Read($$"""{"ids":[[{{most}}],[1]]}""").Error?.Message);
    }

    [Fact]
    public void Where_the_body_is_cut_into_segments_makes_no_difference()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Whole);
        string whole = Describe(new ReadOnlySequence<byte>(bytes));
        for (int i = 0; i <= bytes.Length; i++)
        {
            for (int j = i; j <= bytes.Length; j++)
                Assert.Equal(whole, Describe(Bodies.Split(bytes, i, j)));
        }
    }

    [Fact]
    public void Any_damage_gives_a_request_or_a_reason()
    {
        var mutator = new Mutator(3, "\"", "{", "}", "[", "]", ":", ",", "-", "null", "true", "\"ids\":", "1e9", "9999999999");
        int refused = 0;
        for (int round = 0; round < 20_000; round++)
        {
            Result<DetokenizeRequest> result = DetokenizeReader.Read(new ReadOnlySequence<byte>(mutator.Mutate(Encoding.UTF8.GetBytes(Whole))), 4);
            Assert.True(result.Value is null != result.Error is null);
            refused += result.Error is null ? 0 : 1;
        }

        Assert.InRange(refused, 1, 19_999);
    }

    private static Result<DetokenizeRequest> Read(string body) => DetokenizeReader.Read(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)), 4);

    private static string Describe(ReadOnlySequence<byte> body)
    {
        Result<DetokenizeRequest> result = DetokenizeReader.Read(body, maxTexts: 4);
        if (result.Error is { } error) return error.Message;
        DetokenizeRequest request = result.Value!;
        string ids = string.Concat(Enumerable.Range(0, request.Count).Select(text => $"[{string.Join(',', request[text].ToArray())}]"));
        return ids + (request.SkipSpecialTokens ? " skips" : " keeps");
    }
}
