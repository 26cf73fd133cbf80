using System.Buffers;
using System.Text.Json;
using Thaw.Inference;
using Thaw.Server.Http;
using Thaw.Tokenizers.Encodings;

namespace Thaw.Server.Protocols.Tei;

/// <summary>Reads <c>{"inputs": "text" or ["text", …], "add_special_tokens": true, "offsets": "codepoint"}</c>.</summary>
internal struct TokenizeReader(TokenizeRequest request, int maxTexts) : IJsonObject
{
    /// <summary>Bytes of a text: its tokens and all that is known of them, some 50 bytes each, are in memory at once.</summary>
    public const int LongestText = 1 << 20;

    private bool _hasInputs;

    public static string Form => "Send {\"inputs\":\"text\"} or {\"inputs\":[\"text\",\"text\"]}.";

    /// <summary>Reads a body; the caller disposes the request.</summary>
    public static Result<TokenizeRequest> Read(ReadOnlySequence<byte> body, int maxTexts)
    {
        var request = new TokenizeRequest();
        var reader = new TokenizeReader(request, maxTexts);
        if (JsonBody.Read(body, ref reader) is not { } refusal) return request;
        request.Dispose();
        return JsonBody.Invalid(refusal);
    }

    public string? ReadProperty(ref Utf8JsonReader json)
    {
        if (json.ValueTextEquals("inputs"u8)) return ReadInputs(ref json);
        if (json.ValueTextEquals("add_special_tokens"u8)) return ReadAddSpecialTokens(ref json);
        if (json.ValueTextEquals("offsets"u8)) return ReadOffsets(ref json);
        if (!json.ValueTextEquals("prompt_name"u8)) return $"Unknown key '{json.GetString()}'. Known are \"inputs\", \"add_special_tokens\" and \"offsets\".";
        json.Read();
        return json.TokenType == JsonTokenType.Null ? null : "\"prompt_name\" is not supported. Put the prompt before the text.";
    }

    public readonly string? End() => _hasInputs ? null : "There is no text. " + Form;

    private string? ReadInputs(ref Utf8JsonReader json)
    {
        if (_hasInputs) return "The texts are given twice. " + Form;
        _hasInputs = true;
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray) return ReadText(ref json);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (request.Texts.Count == maxTexts) return JsonBody.TooManyTexts(maxTexts);
            if (ReadText(ref json) is { } refusal) return refusal;
        }

        return null;
    }

    private readonly string? ReadText(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.String) return "A text must be a JSON string. " + Form;
        return json.CopyText(request.Texts) <= LongestText ? null : $"Text {request.Texts.Count} has more than {LongestText} bytes. Send it in parts.";
    }

    private readonly string? ReadAddSpecialTokens(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.AsBoolean() is not { } value) return "\"add_special_tokens\" must be true or false.";
        request.AddSpecialTokens = value;
        return null;
    }

    private readonly string? ReadOffsets(ref Utf8JsonReader json)
    {
        json.Read();
        OffsetUnit? unit = json.TokenType != JsonTokenType.String ? null : json.GetString() switch
        {
            "codepoint" => OffsetUnit.CodePoint,
            "utf16" => OffsetUnit.Utf16,
            "byte" => OffsetUnit.Byte,
            _ => null,
        };
        request.Offsets = unit ?? default;
        return unit is null ? "\"offsets\" must be \"codepoint\", \"utf16\" or \"byte\"." : null;
    }
}
