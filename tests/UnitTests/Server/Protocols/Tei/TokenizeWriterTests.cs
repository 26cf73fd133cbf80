using System.Buffers;
using System.Text;
using System.Text.Json;
using Thaw.Inference;
using Thaw.Server.Http;
using Thaw.Server.Protocols.Tei;
using Thaw.UnitTests.Tokenizers;

namespace Thaw.UnitTests.Server.Protocols.Tei;

public sealed class TokenizeWriterTests : IDisposable
{
    private readonly TokenizerDirectory _directory = TokenizerDirectory.WithJson();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Tokens_have_their_part_of_the_text_and_special_ones_their_content() => Assert.Equal(
        """
        [[{"id":2,"text":"[CLS]","special":true,"start":null,"stop":null},
        {"id":5,"text":"CAFÉ","special":false,"start":0,"stop":4},
        {"id":18,"text":"a","special":false,"start":5,"stop":6},
        {"id":21,"text":"B","special":false,"start":6,"stop":7},
        {"id":4,"text":"[MASK]","special":false,"start":7,"stop":13},
        {"id":1,"text":"\"","special":false,"start":14,"stop":15},
        {"id":3,"text":"[SEP]","special":true,"start":null,"stop":null}]]
        """.ReplaceLineEndings(""),
        await WriteAsync("""{"inputs":"CAFÉ aB[MASK] \""}"""));

    [Fact]
    public async Task Special_tokens_are_left_out_where_they_are_not_wanted() => Assert.Equal(
        """[[{"id":18,"text":"a","special":false,"start":0,"stop":1}],[]]""",
        await WriteAsync("""{"inputs":["a",""],"add_special_tokens":false}"""));

    [Theory]
    [InlineData("codepoint", 0, 1, 2, 3)]
    [InlineData("utf16", 0, 2, 3, 4)]
    [InlineData("byte", 0, 4, 5, 8)]
    public async Task Offsets_count_what_is_asked_for(string unit, params int[] expected)
    {
        string answer = await WriteAsync($$"""{"inputs":"😀 中","add_special_tokens":false,"offsets":"{{unit}}"}""");
        JsonElement tokens = JsonDocument.Parse(answer).RootElement[0];
        Assert.Equal(
            expected, tokens.EnumerateArray().SelectMany(token => new[] { token.GetProperty("start").GetInt32(), token.GetProperty("stop").GetInt32() }));
        Assert.Equal(["😀", "中"], tokens.EnumerateArray().Select(token => token.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task No_text_is_an_empty_list() => Assert.Equal("[]", await WriteAsync("""{"inputs":[]}"""));

    [Fact]
    public async Task A_long_text_is_written_whole()
    {
        string text = string.Concat(Enumerable.Repeat("é a 中 ", 50_000));
        string answer = await WriteAsync(JsonSerializer.Serialize(new { inputs = new[] { text, "b" } }));
        JsonElement[] tokens = [.. JsonDocument.Parse(answer).RootElement[0].EnumerateArray()];
        Assert.Equal(150_002, tokens.Length);
        Assert.Equal(299_998, tokens[^2].GetProperty("start").GetInt32());
        Assert.Equal("中", tokens[^2].GetProperty("text").GetString());
        Assert.Equal(3, JsonDocument.Parse(answer).RootElement[1].GetArrayLength());
    }

    private async Task<string> WriteAsync(string body)
    {
        Result<TokenizeRequest> read = TokenizeReader.Read(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)), 4);
        Assert.Null(read.Error);
        using TokenizeRequest request = read.Value!;
        using var exchange = new Exchange("POST");
        using (var answer = new JsonAnswer(exchange.Context.Response))
        using (var writer = new TokenizeWriter(answer, _directory.Load(), request))
            await writer.WriteAsync();
        Assert.Equal("application/json", exchange.Context.Response.ContentType);
        return exchange.Text;
    }
}
