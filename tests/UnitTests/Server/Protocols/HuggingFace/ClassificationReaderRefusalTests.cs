using System.Buffers;
using System.Text;
using Thaw.Inference;
using Thaw.Server.Protocols.HuggingFace;

namespace Thaw.UnitTests.Server.Protocols.HuggingFace;

/// <summary>Requests that are refused, and never by an exception.</summary>
public sealed class ClassificationReaderRefusalTests
{
    private static readonly string[] Valid =
    [
        """{"inputs":"Où est la bibliothèque ? \ud83d\ude00","parameters":{"top_k":3,"function_to_apply":"softmax","truncation":true,"max_length":128}}""",
        """{"inputs":["a","b",{"text":"c","text_pair":"d\n"}],"parameters":{"return_all_scores":true,"top_k":null,"padding":"max_length"}}""",
        """{"input_text":["one","two"],"parameters":{"batch_size":2}}""",
        """{"text":"a","text_pair":"b"}""",
        "{\"inputs\":\"a\"}\n\n{\"inputs\":[\"b\",\"\\u00e9\"],\"parameters\":{\"top_k\":1}}\r\n{\"input_text\":\"c\"}\n",
    ];

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n\t ")]
    public void An_empty_body_is_refused_with_an_example(string body)
    {
        Assert.Contains("empty", AssertRefused(body));
        Assert.Contains("{\"inputs\":\"text\"}", AssertRefused(body));
        Assert.Contains("empty", AssertRefused(body, lines: true));
    }

    [Theory]
    [InlineData("text")]
    [InlineData("{")]
    [InlineData("""{"inputs":"a" """)]
    [InlineData("""{"inputs":"a"}}""")]
    [InlineData("""{"inputs":"a"} x""")]
    [InlineData("""{"inputs":"a"}{"inputs":"b"}""")]
    [InlineData("""{"inputs":"a",}""")]
    [InlineData("""{"inputs":["a",]}""")]
    [InlineData("""{"inputs":["a" "b"]}""")]
    [InlineData("""{'inputs':'a'}""")]
    [InlineData("""{"inputs":"a\x"}""")]
    [InlineData("""{"inputs":"\u12"}""")]
    [InlineData("{\"inputs\":\"a\nb\"}")]
    [InlineData("""{"inputs":"a"} // comment""")]
    [InlineData("""{"inputs":NaN}""")]
    [InlineData("\ufeff{\"inputs\":\"a\"}")]
    public void What_is_not_json_is_refused(string body) => Assert.Contains("not valid JSON", AssertRefused(body));

    [Theory]
    [InlineData("[]")]
    [InlineData("""["a"]""")]
    [InlineData("\"a\"")]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"parameters":{}}""")]
    [InlineData("""{"inputs":null}""")]
    [InlineData("""{"inputs":7}""")]
    [InlineData("""{"inputs":true}""")]
    [InlineData("""{"inputs":[null]}""")]
    [InlineData("""{"inputs":[["a","b"]]}""")]
    [InlineData("""{"inputs":{}}""")]
    [InlineData("""{"inputs":{"text":7}}""")]
    [InlineData("""{"inputs":{"text_pair":"b"}}""")]
    [InlineData("""{"inputs":{"text":"a","text":"b"}}""")]
    [InlineData("""{"inputs":{"text":"a","text_pair":"b","text_pair":"c"}}""")]
    [InlineData("""{"inputs":{"text":"a","other":"b"}}""")]
    [InlineData("""{"input_text":{"text":"a"}}""")]
    [InlineData("""{"input_text":[{"text":"a"}]}""")]
    [InlineData("""{"text":["a"]}""")]
    [InlineData("""{"text_pair":"b"}""")]
    [InlineData("""{"inputs":"a","text_pair":"b"}""")]
    [InlineData("""{"text":"a","text_pair":"b","text_pair":"c"}""")]
    [InlineData("""{"inputs":"a","inputs":"b"}""")]
    [InlineData("""{"inputs":"a","input_text":"b"}""")]
    [InlineData("""{"inputs":[],"text":"b"}""")]
    [InlineData("""{"INPUTS":"a"}""")]
    [InlineData("""{"inputs":"a","option":{}}""")]
    public void JSON_that_is_not_a_request_is_refused(string body) => Assert.DoesNotContain("not valid JSON", AssertRefused(body));

    [Theory]
    [InlineData("top_k", "0")]
    [InlineData("top_k", "-1")]
    [InlineData("top_k", "1.5")]
    [InlineData("top_k", "99999999999")]
    [InlineData("top_k", "\"all\"")]
    [InlineData("top_k", "true")]
    [InlineData("return_all_scores", "1")]
    [InlineData("function_to_apply", "\"relu\"")]
    [InlineData("function_to_apply", "\"\"")]
    [InlineData("function_to_apply", "7")]
    [InlineData("function_to_apply", "[\"none\"]")]
    [InlineData("truncation", "\"left\"")]
    [InlineData("max_length", "0")]
    [InlineData("max_length", "-5")]
    [InlineData("max_length", "\"128\"")]
    [InlineData("temperature", "1")]
    [InlineData("", "1")]
    public void A_parameter_that_is_unknown_or_invalid_is_named(string name, string value) =>
        Assert.StartsWith($"parameters.{name} ", AssertRefused($$$"""{"inputs":"a","parameters":{"{{{name}}}":{{{value}}}}}"""));

    [Theory]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("7")]
    public void Parameters_must_be_an_object(string value) =>
        Assert.Contains("parameters", AssertRefused($$"""{"inputs":"a","parameters":{{value}}}"""));

    [Theory]
    [InlineData("""{"inputs":"\ud83d"}""")]
    [InlineData("""{"inputs":"\ude00"}""")]
    [InlineData("""{"inputs":"\ud83d\u0041"}""")]
    [InlineData("""{"inputs":"a\ud83d\ud83d\ude00"}""")]
    [InlineData("""{"inputs":["a",{"text":"b","text_pair":"\udfff"}]}""")]
    [InlineData("""{"\ud83d":"a"}""")]
    [InlineData("""{"inputs":"a","parameters":{"\ud83d":1}}""")]
    [InlineData("""{"inputs":"a","parameters":{"function_to_apply":"\ud83d"}}""")]
    public void Half_a_surrogate_pair_is_refused(string body) => Assert.Contains("surrogate", AssertRefused(body));

    [Theory]
    [InlineData(new byte[] { 0xff })]
    [InlineData(new byte[] { 0x80 })]
    [InlineData(new byte[] { 0xc3 })]
    [InlineData(new byte[] { 0xc0, 0xaf })]
    [InlineData(new byte[] { 0xed, 0xa0, 0x80 })]
    [InlineData(new byte[] { 0xf4, 0x90, 0x80, 0x80 })]
    [InlineData(new byte[] { 0xf0, 0x9f, 0x98 })]
    public void Invalid_utf8_is_refused_in_every_place(byte[] bad)
    {
        AssertRefused([.. "{\"inputs\":\"a"u8, .. bad, .. "\"}"u8]);
        AssertRefused([.. "{\"inputs\":\"\\n"u8, .. bad, .. "\"}"u8]);
        AssertRefused([.. "{\""u8, .. bad, .. "\":\"a\"}"u8]);
        AssertRefused([.. "{\"inputs\":\"a\",\"parameters\":{\""u8, .. bad, .. "\":1}}"u8]);
        AssertRefused([.. bad, .. "{\"inputs\":\"a\"}"u8]);
        AssertRefused([.. "{\"inputs\":\"a\"}"u8, .. bad]);
    }

    [Fact]
    public void Depth_is_refused_before_it_can_overflow_anything()
    {
        AssertRefused("{\"inputs\":" + new string('[', 10_000) + new string(']', 10_000) + "}");
        AssertRefused(string.Concat(Enumerable.Repeat("{\"inputs\":", 10_000)));
        AssertRefused("{\"inputs\":\"a\",\"parameters\":{\"padding\":" + new string('[', 10_000) + new string(']', 10_000) + "}}");
    }

    [Theory]
    [InlineData("{\"inputs\":\"a\"}\n{\"inputs\":7}\n", 2)]
    [InlineData("\n\r\n{\"inputs\":\"a\"}\n{\n", 4)]
    [InlineData("{\"inputs\":\"a\n\"}", 1)]
    [InlineData("{\"inputs\":\"a\"}\n{\"inputs\":\"\\ud83d\"}", 2)]
    [InlineData("{\"inputs\":\"a\"} {\"inputs\":\"b\"}", 1)]
    public void A_refused_line_is_named(string body, int line) => Assert.StartsWith($"Line {line}: ", AssertRefused(body, lines: true));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Any_damage_gives_a_request_or_a_reason_and_leaves_no_buffer_out(int seed)
    {
        using var pools = new ArrayPoolWatch();
        var random = new Random(seed);
        var mutator = new Mutator(
            seed, "\"", "{", "}", "[", "]", ":", ",", "\\ud800", "\\u0041", "\n", "null", "\"text_pair\":", "\"inputs\":", "1e9", "é", "😀");
        int accepted = 0;
        for (int round = 0; round < 10_000; round++)
        {
            byte[] body = mutator.Mutate(Encoding.UTF8.GetBytes(Valid[random.Next(Valid.Length)]));
            bool lines = random.Next(2) == 0;
            int cut = random.Next(body.Length + 1);
            string whole = Read(new ReadOnlySequence<byte>(body), lines);
            Assert.Equal(whole, Read(Bodies.Split(body, cut), lines));
            Assert.Equal(0, pools.Out);
        }

        Assert.True(pools.Rented > 0);
        Assert.InRange(accepted, 1, 19_999);

        string Read(ReadOnlySequence<byte> body, bool lines)
        {
            Result<ClassificationRequest> result = ClassificationReader.Read(body, lines, maxTexts: 4);
            Assert.True(result.Value is null != result.Error is null);
            if (result.Value is { } request)
            {
                accepted++;
                Assert.InRange(request.Texts.Count, 0, 4);
                Assert.Equal(request.Texts.Count, request.Items.Sum(item => item.Count));
            }

            // The framework's own words may quote more or less of the body.
            return Bodies.Describe(result).Split("not valid JSON: ")[0];
        }
    }

    private static string AssertRefused(string body, bool lines = false) => AssertRefused(Encoding.UTF8.GetBytes(body), lines);

    private static string AssertRefused(byte[] body, bool lines = false)
    {
        using var pools = new ArrayPoolWatch();
        InferenceError? error = ClassificationReader.Read(new ReadOnlySequence<byte>(body), lines, maxTexts: 100).Error;
        Assert.Equal(InferenceErrorKind.InvalidRequest, error?.Kind);
        Assert.Equal(0, pools.Out);
        return error!.Message;
    }
}
