using System.Text;
using Thaw.Inference;
using Thaw.Server.Protocols.HuggingFace;

namespace Thaw.UnitTests.Server.Protocols.HuggingFace;

/// <summary>Requests that are understood.</summary>
public sealed class ClassificationReaderTests
{
    [Theory]
    [InlineData("""{"inputs":"a b"}""", "Text -: <a b>")]
    [InlineData("""{"inputs":""}""", "Text -: <>")]
    [InlineData("""{"inputs":["a","b","a"]}""", "List -: <a> <b> <a>")]
    [InlineData("""{"inputs":["a"]}""", "List -: <a>")]
    [InlineData("""{"inputs":[]}""", "List -:")]
    [InlineData("""{"inputs":{"text":"a"}}""", "Object -: <a>")]
    [InlineData("""{"inputs":{"text":"a","text_pair":"b"}}""", "Object -: <a>+<b>")]
    [InlineData("""{"inputs":[{"text":"a","text_pair":"b"},"c",{"text":"d"}]}""", "List -: <a>+<b> <c> <d>")]
    [InlineData("""{"text":"a"}""", "Object -: <a>")]
    [InlineData("""{"text":"a","text_pair":"b"}""", "Object -: <a>+<b>")]
    [InlineData("""{"input_text":"a"}""", "Scores -: <a>")]
    [InlineData("""{"input_text":["a","b"]}""", "ScoresList -: <a> <b>")]
    [InlineData(" \r\n\t{ \"inputs\" : \"a\" } \n", "Text -: <a>")]
    public void Every_shape_is_told_apart(string body, string expected) => AssertReads(expected, body);

    [Theory]
    [InlineData("""{"inputs":"a","parameters":{}}""", "Text -: <a>")]
    [InlineData("""{"inputs":"a","parameters":null}""", "Text -: <a>")]
    [InlineData("""{"inputs":"a","parameters":{"top_k":3}}""", "Text top 3: <a>")]
    [InlineData("""{"inputs":"a","parameters":{"top_k":null}}""", "Text top all: <a>")]
    [InlineData("""{"inputs":"a","parameters":{"top_k":2147483647}}""", "Text top 2147483647: <a>")]
    [InlineData("""{"inputs":"a","parameters":{"return_all_scores":true}}""", "Text - all: <a>")]
    [InlineData("""{"inputs":"a","parameters":{"return_all_scores":false}}""", "Text -: <a>")]
    [InlineData("""{"inputs":"a","parameters":{"function_to_apply":"none"}}""", "Text - None: <a>")]
    [InlineData("""{"inputs":"a","parameters":{"function_to_apply":"sigmoid"}}""", "Text - Sigmoid: <a>")]
    [InlineData("""{"inputs":"a","parameters":{"function_to_apply":"SoftMax"}}""", "Text - Softmax: <a>")]
    [InlineData("""{"inputs":"a","parameters":{"function_to_apply":null}}""", "Text -: <a>")]
    [InlineData("""{"inputs":["a","b"],"parameters":{"max_length":7}}""", "List -: <a>@7 <b>@7")]
    [InlineData("""{"inputs":"a","parameters":{"max_length":null}}""", "Text -: <a>")]
    [InlineData("""{"inputs":"a","parameters":{"truncation":false}}""", "Text -: <a>!")]
    [InlineData("""{"inputs":"a","parameters":{"truncation":true}}""", "Text -: <a>")]
    [InlineData("""{"inputs":"a","parameters":{"truncation":"longest_first","return_all_scores":null}}""", "Text -: <a>")]
    [InlineData("""{"inputs":"a","parameters":{"truncation":"do_not_truncate"}}""", "Text -: <a>!")]
    [InlineData("""{"options":{"wait_for_model":[true]},"inputs":"a"}""", "Text -: <a>")]
    [InlineData("""{"inputs":"a","parameters":{"padding":{"any":[1]},"batch_size":8}}""", "Text -: <a>")]
    [InlineData("""{"parameters":{"top_k":1,"max_length":9},"inputs":"a"}""", "Text top 1: <a>@9")]
    [InlineData("""{"text":"a","parameters":{"top_k":1},"text_pair":"b"}""", "Object top 1: <a>+<b>")]
    public void Every_parameter_is_read_wherever_it_stands(string body, string expected) => AssertReads(expected, body);

    [Theory]
    [InlineData("\"\\u0041\\n\\\"\\\\\\/\\b\\f\\r\\t\"", "A\n\"\\/\b\f\r\t")]
    [InlineData("\"\\u00e9\\u4e2d\"", "é中")]
    [InlineData("\"\\ud83d\\ude00!\"", "😀!")]
    [InlineData("\"\\u0000\"", "\0")]
    [InlineData("\"é中😀\"", "é中😀")]
    [InlineData("\"\u2028\ufeff\"", "\u2028\ufeff")]
    public void Escapes_become_the_text_that_they_stand_for(string json, string text)
    {
        using ClassificationRequest request = Bodies.Read($$"""{"inputs":[{{json}},"x"]}""").Value!;

        Assert.Equal(text, Encoding.UTF8.GetString(request.Texts.First(0)));
        Assert.Equal("x", Encoding.UTF8.GetString(request.Texts.First(1)));
    }

    [Fact]
    public void Keys_may_be_escaped() => AssertReads("Text top 2: <a>", """{"\u0069nputs":"a","parameters":{"top\u005fk":2}}""");

    [Theory]
    [InlineData("{\"inputs\":\"a\"}\n{\"inputs\":\"b\"}\n")]
    [InlineData("{\"inputs\":\"a\"}\n{\"inputs\":\"b\"}")]
    [InlineData("{\"inputs\":\"a\"}\r\n{\"inputs\":\"b\"}\r\n")]
    [InlineData("\n\n{\"inputs\":\"a\"}\n \t\r\n\n{\"inputs\":\"b\"}\n\n\n")]
    public void Lines_may_end_and_be_blank_as_they_like(string body) => AssertReads("Text -: <a>\nText -: <b>", body, lines: true);

    [Fact]
    public void Each_line_has_its_own_shape_and_parameters() =>
        AssertReads(
            "List top 2: <a>@5 <b>@5\nText -: <c>\nScores -: <d>!",
            """
            {"inputs":["a","b"],"parameters":{"top_k":2,"max_length":5}}
            {"inputs":"c"}
            {"input_text":"d","parameters":{"truncation":false}}
            """,
            lines: true);

    [Fact]
    public void As_many_texts_as_allowed_are_read_and_not_one_more()
    {
        const string Pair = "{\"text\":\"a\",\"text_pair\":\"b\"}";
        Assert.Null(Bodies.Read($$"""{"inputs":["a",{{Pair}},"c"]}""", maxTexts: 3).Error);
        Assert.Contains("more than 3", Bodies.Read("""{"inputs":["a","b","c","d"]}""", maxTexts: 3).Error?.Message);
        Assert.Null(Bodies.Read("{\"inputs\":\"a\"}\n{\"inputs\":\"b\"}", lines: true, maxTexts: 2).Error);
        string? message = Bodies.Read("{\"inputs\":\"a\"}\n{\"inputs\":[\"b\",\"c\"]}", lines: true, maxTexts: 2).Error?.Message;
        Assert.StartsWith("Line 2: ", message);
        Assert.Contains("THAW_MAX_TEXTS", message);
    }

    [Fact]
    public void A_long_text_is_read_whole()
    {
        string text = string.Concat(Enumerable.Range(0, 100_000).Select(number => $"wört {number} "));

        using ClassificationRequest request = Bodies.Read($$"""{"inputs":"{{text}}"}""").Value!;

        Assert.Equal(text, Encoding.UTF8.GetString(request.Texts.First(0)));
    }

    [Theory]
    [InlineData("""{"inputs":["é\ud83d\ude00\n","中",{"text":"a\"","text_pair":"\u00e9"}]}""", false)]
    [InlineData("""{"inputs":["é",{"text":"a","text_pair":"b"}],"parameters":{"top_k":12,"function_to_apply":"none","max_length":null}}""", false)]
    [InlineData("""{"input_text":"wörd","parameters":{"truncation":false}} """, false)]
    [InlineData("{\"inputs\":\"a\"}\r\n \n{\"text\":\"é\",\"text_pair\":\"\\u0041\"}\n", true)]
    [InlineData("""{"inputs":["a",7]}""", false)]
    [InlineData("""{"inputs":"\ud83d"}""", false)]
    [InlineData("{\"inputs\":\"a\"}\n{\"unknown\":1}\n", true)]
    public void Where_the_body_is_cut_into_segments_makes_no_difference(string body, bool lines)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        string whole = Bodies.Describe(Bodies.Read(body, lines));

        for (int i = 0; i <= bytes.Length; i++)
        {
            Assert.Equal(whole, Bodies.Describe(ClassificationReader.Read(Bodies.Split(bytes, i), lines, 100)));
            for (int j = i; j <= bytes.Length; j++)
                Assert.Equal(whole, Bodies.Describe(ClassificationReader.Read(Bodies.Split(bytes, i, j), lines, 100)));
        }

        Assert.Equal(whole, Bodies.Describe(ClassificationReader.Read(Bodies.Split(bytes, [.. Enumerable.Range(0, bytes.Length)]), lines, 100)));
    }

    private static void AssertReads(string expected, string body, bool lines = false)
    {
        Result<ClassificationRequest> result = Bodies.Read(body, lines);
        Assert.Null(result.Error);
        Assert.Equal(lines, result.Value!.Lines);
        Assert.Equal(expected + "\n", Bodies.Describe(result));
    }
}
