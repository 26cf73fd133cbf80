using System.Buffers;
using System.Text.Json;
using Thaw.Inference;
using Thaw.Server.Http;

namespace Thaw.Server.Protocols.Tei;

/// <summary>Reads <c>{"ids": [1, 2] or [[1, 2], …], "skip_special_tokens": true}</c>.</summary>
internal ref struct DetokenizeRequestReader
{
    /// <summary>Ids of a request: those of the most texts by default, 512 tokens each.</summary>
    public const int MostIds = 1 << 20;

    private const string Form = "Send {\"ids\":[1,2]} or {\"ids\":[[1,2],[3]]}.";

    private readonly DetokenizeRequest _request;
    private readonly int _maxTexts;
    private Utf8JsonReader _json;

    private DetokenizeRequestReader(DetokenizeRequest request, ReadOnlySequence<byte> body, int maxTexts)
    {
        _request = request;
        _json = new Utf8JsonReader(body);
        _maxTexts = maxTexts;
    }

    public static Result<DetokenizeRequest> Read(ReadOnlySequence<byte> body, int maxTexts)
    {
        if (JsonBody.IsBlank(body)) return JsonBody.Invalid("The body is empty. " + Form);
        var request = new DetokenizeRequest();
        try
        {
            return new DetokenizeRequestReader(request, body, maxTexts).ReadRoot() is { } refusal ? JsonBody.Invalid(refusal) : request;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return JsonBody.Invalid(JsonBody.Explain(exception));
        }
    }

    private string? ReadRoot()
    {
        bool hasIds = false;
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartObject) return "The body is not a JSON object. " + Form;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            string name = _json.GetString()!;
            _json.Read();
            string? refusal = name switch
            {
                "ids" when hasIds => "The ids are given twice. " + Form,
                "ids" => ReadTexts(),
                "skip_special_tokens" => ReadSkipSpecialTokens(),
                _ => $"The key '{name}' is not known; ids and skip_special_tokens are.",
            };
            if (refusal is not null) return refusal;
            hasIds |= name == "ids";
        }

        // Anything but white space behind the object throws.
        _json.Read();
        return hasIds ? null : "There are no ids. " + Form;
    }

    private string? ReadTexts()
    {
        if (_json.TokenType != JsonTokenType.StartArray) return "ids has to be a list. " + Form;
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartArray) return ReadText();
        for (; _json.TokenType != JsonTokenType.EndArray; _json.Read())
        {
            if (_json.TokenType != JsonTokenType.StartArray) return "A list of lists has to hold lists alone. " + Form;
            if (_request.Count == _maxTexts) return JsonBody.TooManyTexts(_maxTexts);
            _json.Read();
            if (ReadText() is { } refusal) return refusal;
        }

        return null;
    }

    /// <summary>The ids from here to the end of their list.</summary>
    private string? ReadText()
    {
        for (; _json.TokenType != JsonTokenType.EndArray; _json.Read())
        {
            if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt32(out int id) || id < 0)
                return $"An id has to be a whole number from 0 to {int.MaxValue}. {Form}";
            if (_request.Ids == MostIds) return $"The request holds more than {MostIds} ids. Send fewer.";
            _request.Add(id);
        }

        _request.EndText();
        return null;
    }

    private string? ReadSkipSpecialTokens()
    {
        if (_json.TokenType is not (JsonTokenType.True or JsonTokenType.False)) return "skip_special_tokens has to be true or false.";
        _request.SkipSpecialTokens = _json.GetBoolean();
        return null;
    }
}
