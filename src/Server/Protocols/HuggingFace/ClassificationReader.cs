using System.Buffers;
using System.Text.Json;
using Thaw.Inference;
using Thaw.Inference.Tasks;
using Thaw.Server.Http;

namespace Thaw.Server.Protocols.HuggingFace;

/// <summary>Reads a body, UTF-8 JSON or JSON lines, into texts and parameters.</summary>
internal struct ClassificationReader : IJsonObject
{
    private readonly ClassificationRequest _request;
    private readonly int _maxTexts;
    private readonly int _first;
    private ClassificationParameters _parameters = new();
    private InputShape? _shape;

    private ClassificationReader(ClassificationRequest request, int maxTexts)
    {
        _request = request;
        _maxTexts = maxTexts;
        _first = request.Texts.Count;
    }

    public static string Form => "Send {\"inputs\":\"text\"}, {\"inputs\":[\"text\",\"text\"]} or {\"input_text\":\"text\"}.";

    /// <summary>Reads a body; the caller disposes the request.</summary>
    public static Result<ClassificationRequest> Read(ReadOnlySequence<byte> body, bool lines, int maxTexts)
    {
        var request = new ClassificationRequest(lines);
        string? refusal = lines ? ReadLines(request, body, maxTexts) : ReadValue(request, body, maxTexts);
        if (refusal is null) return request;
        request.Dispose();
        return JsonBody.Invalid(refusal);
    }

    private static string? ReadLines(ClassificationRequest request, ReadOnlySequence<byte> body, int maxTexts)
    {
        for (int number = 1; !body.IsEmpty; number++)
        {
            SequencePosition? end = body.PositionOf((byte)'\n');
            ReadOnlySequence<byte> line = end is { } stop ? body.Slice(0, stop) : body;
            if (!JsonBody.IsBlank(line) && ReadValue(request, line, maxTexts) is { } refusal) return $"Line {number}: {refusal}";
            body = end is { } newline ? body.Slice(body.GetPosition(1, newline)) : ReadOnlySequence<byte>.Empty;
        }

        return request.Items.Count == 0 ? JsonBody.Empty<ClassificationReader>() : null;
    }

    private static string? ReadValue(ClassificationRequest request, ReadOnlySequence<byte> body, int maxTexts)
    {
        var reader = new ClassificationReader(request, maxTexts);
        return JsonBody.Read(body, ref reader);
    }

    public string? ReadProperty(ref Utf8JsonReader json)
    {
        if (json.ValueTextEquals("inputs"u8)) return ReadInputs(ref json, scores: false);
        if (json.ValueTextEquals("input_text"u8)) return ReadInputs(ref json, scores: true);
        if (json.ValueTextEquals("text"u8)) return ReadBareText(ref json);
        if (json.ValueTextEquals("text_pair"u8)) return ReadBarePair(ref json);
        if (json.ValueTextEquals("parameters"u8)) return ReadParameters(ref json);
        // The hosted inference API's own switches, such as wait_for_model; they have no meaning here.
        if (!json.ValueTextEquals("options"u8)) return $"Unknown key '{json.GetString()}'. {Form}";
        json.Skip();
        return null;
    }

    public readonly string? End()
    {
        if (_shape is not { } shape) return "There is no text. " + Form;
        _request.Texts.SetLimits(_first, _parameters.MaxLength, _parameters.Truncation);
        _request.Items.Add(new ClassificationItem(_first, _request.Texts.Count - _first, shape, _parameters));
        return null;
    }

    private string? ReadInputs(ref Utf8JsonReader json, bool scores)
    {
        if (_shape is not null) return "The texts are given twice. " + Form;
        json.Read();
        switch (json.TokenType)
        {
            case JsonTokenType.String:
                _shape = scores ? InputShape.Scores : InputShape.Text;
                return ReadText(ref json, secondOfPair: false);
            case JsonTokenType.StartObject when !scores:
                _shape = InputShape.Object;
                return ReadTextObject(ref json);
            case JsonTokenType.StartArray:
                _shape = scores ? InputShape.ScoresList : InputShape.List;
                while (json.Read() && json.TokenType != JsonTokenType.EndArray)
                {
                    string? refusal = json.TokenType switch
                    {
                        JsonTokenType.String => ReadText(ref json, secondOfPair: false),
                        JsonTokenType.StartObject when !scores => ReadTextObject(ref json),
                        _ => "A list must contain texts. " + Form,
                    };
                    if (refusal is not null) return refusal;
                }

                return null;
            default:
                return "A text must be a JSON string. " + Form;
        }
    }

    /// <summary><c>{"text": "…", "text_pair": "…"}</c>, in this order.</summary>
    private readonly string? ReadTextObject(ref Utf8JsonReader json)
    {
        const string Rule = "Each input needs \"text\" exactly once, optionally followed by \"text_pair\".";
        int count = _request.Texts.Count;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool pair = json.ValueTextEquals("text_pair"u8);
            if (!pair && !json.ValueTextEquals("text"u8)) return $"Unknown key '{json.GetString()}' in an input. {Rule}";
            if (pair != (_request.Texts.Count > count)) return Rule;
            json.Read();
            if (ReadText(ref json, pair) is { } refusal) return refusal;
        }

        return _request.Texts.Count == count ? Rule : null;
    }

    // A body without "inputs" is the input itself.
    private string? ReadBareText(ref Utf8JsonReader json)
    {
        if (_shape is not null) return "The texts are given twice. " + Form;
        _shape = InputShape.Object;
        json.Read();
        return ReadText(ref json, secondOfPair: false);
    }

    private readonly string? ReadBarePair(ref Utf8JsonReader json)
    {
        if (_shape != InputShape.Object) return "\"text_pair\" must come after \"text\".";
        json.Read();
        return ReadText(ref json, secondOfPair: true);
    }

    private readonly string? ReadText(ref Utf8JsonReader json, bool secondOfPair)
    {
        if (json.TokenType != JsonTokenType.String) return "A text must be a JSON string. " + Form;
        if (secondOfPair && _request.Texts.IsPair(_request.Texts.Count - 1)) return "\"text_pair\" is given twice.";
        if (!secondOfPair && _request.Texts.Count == _maxTexts) return JsonBody.TooManyTexts(_maxTexts);
        json.CopyText(_request.Texts, secondOfPair);
        return null;
    }

    private string? ReadParameters(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return null;
        if (json.TokenType != JsonTokenType.StartObject) return "\"parameters\" must be a JSON object.";
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string name = json.GetString()!;
            json.Read();
            if (!TryReadParameter(name, ref json))
            {
                return $"parameters.{name} is unknown or has an invalid value. Valid are top_k (1 or more, or null), return_all_scores (true or false), " +
                    "function_to_apply (none, sigmoid or softmax), truncation (true or false) and max_length (1 or more).";
            }
        }

        return null;
    }

    private bool TryReadParameter(string name, ref Utf8JsonReader json)
    {
        bool isNull = json.TokenType == JsonTokenType.Null;
        bool? boolean = json.AsBoolean();
        int? number = json.TokenType == JsonTokenType.Number && json.TryGetInt32(out int value) && value > 0 ? value : null;
        switch (name)
        {
            case "top_k" when isNull || number is not null:
                _parameters = _parameters with { HasTopK = true, TopK = number };
                return true;
            case "return_all_scores" when isNull || boolean is not null:
                _parameters = _parameters with { ReturnAllScores = boolean ?? false };
                return true;
            case "max_length" when isNull || number is not null:
                _parameters = _parameters with { MaxLength = number ?? 0 };
                return true;
            case "truncation" when boolean is { } truncation:
                _parameters = _parameters with { Truncation = truncation };
                return true;
            case "truncation" when json.TokenType == JsonTokenType.String && json.GetString() is "longest_first" or "do_not_truncate":
                _parameters = _parameters with { Truncation = json.ValueTextEquals("longest_first"u8) };
                return true;
            case "function_to_apply" when isNull || json.TokenType == JsonTokenType.String:
                return TryReadFunction(isNull ? null : json.GetString());
            // How the work is divided; they change no answer.
            case "padding" or "batch_size":
                json.Skip();
                return true;
            default:
                return false;
        }
    }

    private bool TryReadFunction(string? name)
    {
        ScoreFunction? function = name?.ToLowerInvariant() switch
        {
            "none" => ScoreFunction.None,
            "sigmoid" => ScoreFunction.Sigmoid,
            "softmax" => ScoreFunction.Softmax,
            _ => null,
        };
        _parameters = _parameters with { Function = function };
        return name is null || function is not null;
    }
}
