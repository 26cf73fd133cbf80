using System.Buffers;
using System.Text.Json;
using Thaw.Inference;
using Thaw.Inference.Tasks;
using Thaw.Server.Http;

namespace Thaw.Server.Protocols.HuggingFace;

/// <summary>Reads an invoke body, UTF-8 JSON or JSON lines, into texts and parameters. No string is made of a text.</summary>
internal ref struct InvokeRequestReader
{
    private const string Form = "Send {\"inputs\":\"text\"}, {\"inputs\":[\"text\",\"text\"]} or {\"input_text\":\"text\"}.";

    private readonly InvokeRequest _request;
    private readonly int _maxTexts;
    private Utf8JsonReader _json;
    private InvokeParameters _parameters;
    private InputShape? _shape;

    private InvokeRequestReader(InvokeRequest request, int maxTexts, ReadOnlySequence<byte> body)
    {
        _request = request;
        _maxTexts = maxTexts;
        _json = new Utf8JsonReader(body);
        _parameters = InvokeParameters.Default;
    }

    /// <summary>Reads a body; the caller disposes the request that comes back.</summary>
    public static Result<InvokeRequest> Read(ReadOnlySequence<byte> body, bool lines, int maxTexts)
    {
        var request = new InvokeRequest(lines);
        string? refusal = lines ? ReadLines(request, body, maxTexts) : ReadValue(request, body, maxTexts);
        if (refusal is null && request.Items.Count == 0) refusal = "The body is empty. " + Form;
        if (refusal is null) return request;
        request.Dispose();
        return JsonBody.Invalid(refusal);
    }

    private static string? ReadLines(InvokeRequest request, ReadOnlySequence<byte> body, int maxTexts)
    {
        for (int number = 1; !body.IsEmpty; number++)
        {
            SequencePosition? end = body.PositionOf((byte)'\n');
            ReadOnlySequence<byte> line = end is { } stop ? body.Slice(0, stop) : body;
            if (ReadValue(request, line, maxTexts) is { } refusal) return $"Line {number}: {refusal}";
            body = end is { } newline ? body.Slice(body.GetPosition(1, newline)) : ReadOnlySequence<byte>.Empty;
        }

        return null;
    }

    /// <summary>Null, or why the value is refused. An empty body or line adds nothing.</summary>
    private static string? ReadValue(InvokeRequest request, ReadOnlySequence<byte> body, int maxTexts)
    {
        if (JsonBody.IsBlank(body)) return null;
        var reader = new InvokeRequestReader(request, maxTexts, body);
        try
        {
            return reader.ReadRoot();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return JsonBody.Explain(exception);
        }
    }

    private string? ReadRoot()
    {
        int first = _request.Texts.Count;
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartObject) return "The body is not a JSON object. " + Form;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            string? refusal;
            if (_json.ValueTextEquals("inputs"u8)) refusal = ReadInputs(scores: false);
            else if (_json.ValueTextEquals("input_text"u8)) refusal = ReadInputs(scores: true);
            else if (_json.ValueTextEquals("text"u8)) refusal = ReadBareText();
            else if (_json.ValueTextEquals("text_pair"u8)) refusal = ReadBarePair();
            else if (_json.ValueTextEquals("parameters"u8)) refusal = ReadParameters();
            // The hosted inference API's own switches, such as wait_for_model; they have no meaning here.
            else if (_json.ValueTextEquals("options"u8)) refusal = SkipValue();
            else refusal = $"The key '{_json.GetString()}' is not known. {Form}";
            if (refusal is not null) return refusal;
        }

        // Anything but white space behind the object throws.
        _json.Read();
        if (_shape is not { } shape) return "There is no text. " + Form;
        _request.Texts.SetLimits(first, _parameters.MaxLength, _parameters.Truncation);
        _request.Items.Add(new InvokeItem(first, _request.Texts.Count - first, shape, _parameters));
        return null;
    }

    private string? ReadInputs(bool scores)
    {
        if (_shape is not null) return "The texts are given twice. " + Form;
        _json.Read();
        switch (_json.TokenType)
        {
            case JsonTokenType.String:
                _shape = scores ? InputShape.Scores : InputShape.Text;
                return ReadText(secondOfPair: false);
            case JsonTokenType.StartObject when !scores:
                _shape = InputShape.Object;
                return ReadTextObject();
            case JsonTokenType.StartArray:
                _shape = scores ? InputShape.ScoresList : InputShape.List;
                while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
                {
                    string? refusal = _json.TokenType switch
                    {
                        JsonTokenType.String => ReadText(secondOfPair: false),
                        JsonTokenType.StartObject when !scores => ReadTextObject(),
                        _ => "A list has to hold texts. " + Form,
                    };
                    if (refusal is not null) return refusal;
                }

                return null;
            default:
                return "A text has to be a JSON string. " + Form;
        }
    }

    /// <summary><c>{"text": "…", "text_pair": "…"}</c>, in this order.</summary>
    private string? ReadTextObject()
    {
        int count = _request.Texts.Count;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            bool pair = _json.ValueTextEquals("text_pair"u8);
            if (!pair && !_json.ValueTextEquals("text"u8)) return $"The key '{_json.GetString()}' is not known in an input; text and text_pair are.";
            if (pair != (_request.Texts.Count > count)) return "An input has to hold text, once, and then text_pair.";
            _json.Read();
            if (ReadText(pair) is { } refusal) return refusal;
        }

        return _request.Texts.Count == count ? "An input has no text." : null;
    }

    // A body without "inputs" is the input itself.
    private string? ReadBareText()
    {
        if (_shape is not null) return "The texts are given twice. " + Form;
        _shape = InputShape.Object;
        _json.Read();
        return ReadText(secondOfPair: false);
    }

    private string? ReadBarePair()
    {
        if (_shape != InputShape.Object) return "text_pair has to come after text.";
        _json.Read();
        return ReadText(secondOfPair: true);
    }

    private string? ReadText(bool secondOfPair)
    {
        if (_json.TokenType != JsonTokenType.String) return "A text has to be a JSON string. " + Form;
        if (secondOfPair && _request.Texts.IsPair(_request.Texts.Count - 1)) return "text_pair is given twice.";
        if (!secondOfPair && _request.Texts.Count == _maxTexts) return JsonBody.TooManyTexts(_maxTexts);
        _json.CopyText(_request.Texts, secondOfPair);
        return null;
    }

    private string? SkipValue()
    {
        _json.Read();
        _json.Skip();
        return null;
    }

    private string? ReadParameters()
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.Null) return null;
        if (_json.TokenType != JsonTokenType.StartObject) return "parameters has to be a JSON object.";
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            string name = _json.GetString()!;
            _json.Read();
            if (!TryReadParameter(name)) return $"parameters.{name} is not known or has a value that cannot be used. top_k (1 or more, or null), return_all_scores, function_to_apply (none, sigmoid or softmax), truncation and max_length can be given.";
        }

        return null;
    }

    private bool TryReadParameter(string name)
    {
        bool isNull = _json.TokenType == JsonTokenType.Null;
        bool? boolean = _json.TokenType switch { JsonTokenType.True => true, JsonTokenType.False => false, _ => null };
        int? number = _json.TokenType == JsonTokenType.Number && _json.TryGetInt32(out int value) && value > 0 ? value : null;
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
            case "truncation" when _json.TokenType == JsonTokenType.String && _json.GetString() is "longest_first" or "do_not_truncate":
                _parameters = _parameters with { Truncation = _json.ValueTextEquals("longest_first"u8) };
                return true;
            case "function_to_apply" when isNull || _json.TokenType == JsonTokenType.String:
                return TryReadFunction(isNull ? null : _json.GetString());
            // How the work is cut up; it changes no answer.
            case "padding" or "batch_size":
                _json.Skip();
                return true;
            default:
                return false;
        }
    }

    private bool TryReadFunction(string? name)
    {
        ScoreFunction? function = name?.ToLowerInvariant() switch { "none" => ScoreFunction.None, "sigmoid" => ScoreFunction.Sigmoid, "softmax" => ScoreFunction.Softmax, _ => null };
        _parameters = _parameters with { Function = function };
        return name is null || function is not null;
    }
}
