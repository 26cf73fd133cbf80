using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Thaw.Inference;
using Thaw.Inference.Batching;

namespace Thaw.Server.Http;

/// <summary>What the readers and writers of JSON bodies have in common.</summary>
internal static class JsonBody
{
    /// <summary>Text as it is; nothing here goes into a web page.</summary>
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static bool IsBlank(ReadOnlySequence<byte> body)
    {
        foreach (ReadOnlyMemory<byte> segment in body)
        {
            if (segment.Span.ContainsAnyExcept(" \t\r\n"u8)) return false;
        }

        return true;
    }

    /// <summary>Why <see cref="Utf8JsonReader"/> threw: JsonException, or InvalidOperationException for a string that is no text.</summary>
    public static string Explain(Exception exception) => exception is JsonException
        ? $"The body is not valid JSON: {exception.Message}"
        : "The body holds a text that is not valid UTF-8, or half of a surrogate pair.";

    public static InferenceError Invalid(string reason) => new(InferenceErrorKind.InvalidRequest, reason);

    public static string TooManyTexts(int most) => $"The request holds more than {most} texts. Send fewer, or raise THAW_MAX_TEXTS.";

    /// <summary>Unescapes the string that the reader stands at into a batch; returns its length in bytes.</summary>
    public static int CopyText(this ref Utf8JsonReader json, RequestTexts texts, bool secondOfPair = false)
    {
        long length = json.HasValueSequence ? json.ValueSequence.Length : json.ValueSpan.Length;
        int written = json.CopyString(texts.Reserve((int)length));
        texts.Commit(written, secondOfPair);
        return written;
    }
}
