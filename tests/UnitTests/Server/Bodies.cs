using System.Buffers;
using System.Text;
using Thaw.Inference;
using Thaw.Inference.Batching;
using Thaw.Server.Protocols.HuggingFace;

namespace Thaw.UnitTests.Server;

/// <summary>Makes request bodies in pieces, and text of what was read from them.</summary>
internal static class Bodies
{
    public static Result<ClassificationRequest> Read(string body, bool lines = false, int maxTexts = 100) =>
        ClassificationReader.Read(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)), lines, maxTexts);

    /// <summary>The bytes in as many segments as there are bounds, and one more.</summary>
    public static ReadOnlySequence<byte> Split(byte[] bytes, params int[] bounds)
    {
        Segment? first = null, last = null;
        int start = 0;
        foreach (int end in (int[])[.. bounds, bytes.Length])
        {
            last = new Segment(bytes.AsMemory(start..end), last);
            first ??= last;
            start = end;
        }

        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    /// <summary>All that a request holds.</summary>
    public static string Describe(ClassificationRequest request)
    {
        var text = new StringBuilder();
        foreach (ClassificationItem item in request.Items)
        {
            text.Append($"{item.Shape} {Describe(item.Parameters)}:");
            for (int i = item.First; i < item.First + item.Count; i++) text.Append(' ').Append(Describe(request.Texts, i));
            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The texts, and the refusal where there is one.</summary>
    public static string Describe(Result<ClassificationRequest> result)
    {
        if (result.Error is { } error) return error.Message;
        using ClassificationRequest request = result.Value!;
        return Describe(request);
    }

    private static string Describe(ClassificationParameters parameters)
    {
        string top = parameters.HasTopK ? $"top {parameters.TopK?.ToString() ?? "all"}" : "-";
        return top + (parameters.ReturnAllScores ? " all" : "") + (parameters.Function is { } function ? $" {function}" : "");
    }

    private static string Describe(RequestTexts texts, int index)
    {
        string first = $"<{Encoding.UTF8.GetString(texts.First(index))}>";
        string pair = texts.IsPair(index) ? $"+<{Encoding.UTF8.GetString(texts.Second(index))}>" : "";
        string limit = texts.MaxTokens(index) == 0 ? "" : $"@{texts.MaxTokens(index)}";
        return first + pair + limit + (texts.Truncate(index) ? "" : "!");
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? previous)
        {
            Memory = memory;
            if (previous is null) return;
            RunningIndex = previous.RunningIndex + previous.Memory.Length;
            previous.Next = this;
        }
    }
}
