using System.Buffers;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Thaw.Inference.Batching;
using Thaw.Inference.Files;
using Thaw.Inference.Tasks;
using Thaw.Onnx.Format;
using Thaw.Onnx.Traits;
using Thaw.Server.Protocols.HuggingFace;

namespace Thaw.MicroBenchmarks;

/// <summary>Writes scores as the body of an answer, compared with serializing objects.</summary>
[MemoryDiagnoser]
public class ResponseWriterBenchmarks
{
    private const int Classes = 30;

    private readonly DefaultHttpContext _context = new();
    private ClassificationRequest _request = null!;
    private TextClassification _classification = null!;
    private FloatRows _scores = null!;

    private sealed record LabelledScore(string Label, float Score);

    [Params(1, 32)]
    public int Count { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
        object inputs = Count == 1 ? Texts.Short : Enumerable.Repeat(Texts.Short, Count);
        var body = new ReadOnlySequence<byte>(JsonSerializer.SerializeToUtf8Bytes(new { inputs }));
        _request = ClassificationReader.Read(body, lines: false, maxTexts: 2048).Value!;
        _classification = TextClassification.Create(
            ModelConfig.Read(SampleModel.Directory).Value!, "model.onnx", "logits", new LogitsOutput(0, TensorElementType.Float32, Classes),
            OutputFunction.None).Value!;
        _scores = new FloatRows(Count, Classes);
        for (int row = 0; row < Count; row++)
        {
            Span<float> scores = _scores.Row(row);
            for (int i = 0; i < Classes; i++) scores[i] = MathF.Sin(row + i);
        }

        _ = _request.Score(_classification, _scores);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _scores.Dispose();
        _request.Dispose();
    }

    [Benchmark(Baseline = true)]
    public async Task Serialize()
    {
        var answer = new LabelledScore[Count];
        for (int row = 0; row < Count; row++)
        {
            Span<float> scores = _scores.Row(row);
            int best = 0;
            for (int i = 1; i < Classes; i++) best = scores[i] > scores[best] ? i : best;
            answer[row] = new LabelledScore(_classification.Labels[best], scores[best]);
        }

        await JsonSerializer.SerializeAsync(_context.Response.BodyWriter, answer, JsonSerializerOptions.Web);
    }

    // The JSON writer and the Content-Length header; nothing for each text.
    [Benchmark, AllocatesAtMost(512)]
    public Task Write() => ClassificationWriter.WriteAsync(_context.Response, _request, _classification, _scores);
}
