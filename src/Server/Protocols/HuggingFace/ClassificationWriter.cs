using System.Text.Json;
using Thaw.Inference.Batching;
using Thaw.Inference.Tasks;
using Thaw.Server.Http;

namespace Thaw.Server.Protocols.HuggingFace;

/// <summary>Writes scores, in the shape that follows from the shape of the request.</summary>
internal static class ClassificationWriter
{
    /// <summary>Writes the scores as the response's body.</summary>
    public static async Task WriteAsync(HttpResponse response, ClassificationRequest request, TextClassification task, FloatRows scores)
    {
        response.ContentType = request.Lines ? "application/jsonlines" : "application/json";
        long length = 0;
        using var json = new Utf8JsonWriter(response.BodyWriter, JsonBody.WriterOptions);
        foreach (ClassificationItem item in request.Items)
        {
            WriteItem(json, item, task, scores);
            json.Flush();
            length += json.BytesCommitted;
            if (!request.Lines) continue;
            json.Reset();
            response.BodyWriter.GetSpan(1)[0] = (byte)'\n';
            response.BodyWriter.Advance(1);
            length++;
        }

        // Kestrel sends the headers with the first flush, so the length can still be among them.
        response.ContentLength = length;
        await response.BodyWriter.FlushAsync(response.HttpContext.RequestAborted);
    }

    // The forms that transformers' TextClassificationPipeline gives: one label per text, all of them, or the best few in order;
    // a single text is a list of one label, unless top_k makes a list of its labels anyway.
    private static void WriteItem(Utf8JsonWriter json, ClassificationItem item, TextClassification task, FloatRows scores)
    {
        bool list = item.Shape is InputShape.List or InputShape.ScoresList || (item.Shape == InputShape.Text && !item.Parameters.HasTopK);
        if (list) json.WriteStartArray();
        for (int i = item.First; i < item.First + item.Count; i++)
        {
            Span<float> row = scores.Row(i);
            if (item.Shape is InputShape.Scores or InputShape.ScoresList) WriteScores(json, row);
            else WriteLabels(json, item.Parameters, task, row);
        }

        if (list) json.WriteEndArray();
    }

    private static void WriteScores(Utf8JsonWriter json, ReadOnlySpan<float> scores)
    {
        json.WriteStartArray();
        foreach (float score in scores) json.WriteNumberValue(score);
        json.WriteEndArray();
    }

    private static void WriteLabels(Utf8JsonWriter json, ClassificationParameters parameters, TextClassification task, Span<float> scores)
    {
        if (!parameters.HasTopK && !parameters.ReturnAllScores)
        {
            WriteLabel(json, task, scores, IndexOfLargest(scores));
            return;
        }

        json.WriteStartArray();
        if (parameters.HasTopK)
        {
            int[] order = [.. Enumerable.Range(0, scores.Length)];
            float[] keys = scores.ToArray();
            // Equal scores stay in the order of their classes.
            Array.Sort(order, (left, right) => keys[left] == keys[right] ? left.CompareTo(right) : keys[right].CompareTo(keys[left]));
            foreach (int label in order.AsSpan(0, Math.Min(parameters.TopK ?? order.Length, order.Length))) WriteLabel(json, task, scores, label);
        }
        else
        {
            for (int label = 0; label < scores.Length; label++) WriteLabel(json, task, scores, label);
        }

        json.WriteEndArray();
    }

    private static void WriteLabel(Utf8JsonWriter json, TextClassification task, ReadOnlySpan<float> scores, int label)
    {
        json.WriteStartObject();
        json.WriteString("label"u8, task.Labels[label]);
        json.WriteNumber("score"u8, scores[label]);
        json.WriteEndObject();
    }

    private static int IndexOfLargest(ReadOnlySpan<float> scores)
    {
        int largest = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            if (scores[i] > scores[largest]) largest = i;
        }

        return largest;
    }
}
