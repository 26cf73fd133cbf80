using System.Buffers;
using System.Text.Json;
using Thaw.Inference;
using Thaw.Server.Http;

namespace Thaw.Server.Protocols.Tei;

/// <summary>Reads <c>{"ids": [1, 2] or [[1, 2], …], "skip_special_tokens": true}</c>.</summary>
internal struct DetokenizeReader(DetokenizeRequest request, int maxTexts) : IJsonObject
{
    /// <summary>Ids of a request: those of the most texts by default, 512 tokens each.</summary>
    public const int MostIds = 1 << 20;

    private bool _hasIds;

    public static string Form => "Send {\"ids\":[1,2]} or {\"ids\":[[1,2],[3]]}.";

    public static Result<DetokenizeRequest> Read(ReadOnlySequence<byte> body, int maxTexts)
    {
        var request = new DetokenizeRequest();
        var reader = new DetokenizeReader(request, maxTexts);
        return JsonBody.Read(body, ref reader) is { } refusal ? JsonBody.Invalid(refusal) : request;
    }

    public string? ReadProperty(ref Utf8JsonReader json)
    {
        if (json.ValueTextEquals("ids"u8)) return ReadTexts(ref json);
        if (json.ValueTextEquals("skip_special_tokens"u8)) return ReadSkipSpecialTokens(ref json);
        return $"Unknown key '{json.GetString()}'. Known are \"ids\" and \"skip_special_tokens\".";
    }

    public readonly string? End() => _hasIds ? null : "There are no ids. " + Form;

    private string? ReadTexts(ref Utf8JsonReader json)
    {
        const string Rule = "\"ids\" must be a list of integers or a list of such lists. ";
        if (_hasIds) return "The ids are given twice. " + Form;
        _hasIds = true;
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray) return Rule + Form;
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray) return ReadText(ref json);
        for (; json.TokenType != JsonTokenType.EndArray; json.Read())
        {
            if (json.TokenType != JsonTokenType.StartArray) return Rule + Form;
            if (request.Count == maxTexts) return JsonBody.TooManyTexts(maxTexts);
            json.Read();
            if (ReadText(ref json) is { } refusal) return refusal;
        }

        return null;
    }

    /// <summary>The ids from here to the end of their list.</summary>
    private readonly string? ReadText(ref Utf8JsonReader json)
    {
        for (; json.TokenType != JsonTokenType.EndArray; json.Read())
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out int id) || id < 0)
                return $"An id must be an integer from 0 to {int.MaxValue}. {Form}";
            if (request.Ids == MostIds) return $"The request contains more than {MostIds} ids. Send fewer.";
            request.Add(id);
        }

        request.EndText();
        return null;
    }

    private readonly string? ReadSkipSpecialTokens(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.AsBoolean() is not { } value) return "\"skip_special_tokens\" must be true or false.";
        request.SkipSpecialTokens = value;
        return null;
    }
}
