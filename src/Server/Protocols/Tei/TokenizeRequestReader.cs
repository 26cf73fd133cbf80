using System.Buffers;
using System.Text.Json;
using Thaw.Inference;
using Thaw.Server.Http;
using Thaw.Tokenizers.Encodings;

namespace Thaw.Server.Protocols.Tei;

/// <summary>Reads <c>{"inputs": "text" or ["text", …], "add_special_tokens": true, "offsets": "codepoint"}</c>.</summary>
internal ref struct TokenizeRequestReader
{
    /// <summary>Bytes of a text: its tokens with all that is known of them, some 50 bytes each, are in memory at once.</summary>
    public const int LongestText = 1 << 20;

    private const string Form = "Send {\"inputs\":\"text\"} or {\"inputs\":[\"text\",\"text\"]}.";

    private readonly TokenizeRequest _request;
    private readonly int _maxTexts;
    private Utf8JsonReader _json;
    private bool _hasInputs;

    private TokenizeRequestReader(TokenizeRequest request, ReadOnlySequence<byte> body, int maxTexts)
    {
        _request = request;
        _json = new Utf8JsonReader(body);
        _maxTexts = maxTexts;
    }

    /// <summary>Reads a body; the caller disposes the request that comes back.</summary>
    public static Result<TokenizeRequest> Read(ReadOnlySequence<byte> body, int maxTexts)
    {
        if (JsonBody.IsBlank(body)) return JsonBody.Invalid("The body is empty. " + Form);
        var request = new TokenizeRequest();
        string? refusal;
        try
        {
            refusal = new TokenizeRequestReader(request, body, maxTexts).ReadRoot();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            refusal = JsonBody.Explain(exception);
        }

        if (refusal is null) return request;
        request.Dispose();
        return JsonBody.Invalid(refusal);
    }

    private string? ReadRoot()
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartObject) return "The body is not a JSON object. " + Form;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            string name = _json.GetString()!;
            _json.Read();
            string? refusal = name switch
            {
                "inputs" => ReadInputs(),
                "add_special_tokens" => ReadAddSpecialTokens(),
                "offsets" => ReadOffsets(),
                "prompt_name" => _json.TokenType == JsonTokenType.Null ? null : "prompt_name is not supported. Put the prompt in front of the text.",
                _ => $"The key '{name}' is not known; inputs, add_special_tokens and offsets are.",
            };
            if (refusal is not null) return refusal;
        }

        // Anything but white space behind the object throws.
        _json.Read();
        return _hasInputs ? null : "There is no text. " + Form;
    }

    private string? ReadInputs()
    {
        if (_hasInputs) return "The texts are given twice. " + Form;
        _hasInputs = true;
        if (_json.TokenType != JsonTokenType.StartArray) return ReadText();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_request.Texts.Count == _maxTexts) return JsonBody.TooManyTexts(_maxTexts);
            if (ReadText() is { } refusal) return refusal;
        }

        return null;
    }

    private string? ReadText()
    {
        if (_json.TokenType != JsonTokenType.String) return "A text has to be a JSON string. " + Form;
        return _json.CopyText(_request.Texts) <= LongestText
            ? null
            : $"Text {_request.Texts.Count} has more than {LongestText} bytes. Send it in parts.";
    }

    private string? ReadAddSpecialTokens()
    {
        if (_json.TokenType is not (JsonTokenType.True or JsonTokenType.False)) return "add_special_tokens has to be true or false.";
        _request.AddSpecialTokens = _json.GetBoolean();
        return null;
    }

    private string? ReadOffsets()
    {
        OffsetUnit? unit = _json.TokenType != JsonTokenType.String ? null : _json.GetString() switch
        {
            "codepoint" => OffsetUnit.CodePoint,
            "utf16" => OffsetUnit.Utf16,
            "byte" => OffsetUnit.Byte,
            _ => null,
        };
        _request.Offsets = unit ?? default;
        return unit is null ? "offsets has to be \"codepoint\", \"utf16\" or \"byte\"." : null;
    }
}
