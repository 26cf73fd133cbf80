using System.Buffers;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Thaw.Inference;
using Thaw.Server.Protocols.HuggingFace;

namespace Thaw.MicroBenchmarks;

/// <summary>Reads UTF-8 texts from an invoke body, compared with parsing it into a JsonDocument.</summary>
[MemoryDiagnoser]
public class RequestReaderBenchmarks
{
    private ReadOnlySequence<byte> _body;

    [Params(1, 32)]
    public int Count { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        object inputs = Count == 1 ? Texts.Short : Enumerable.Repeat(Texts.Short, Count);
        _body = new ReadOnlySequence<byte>(JsonSerializer.SerializeToUtf8Bytes(new { inputs }));
    }

    [Benchmark(Baseline = true)]
    public int ParseDocument()
    {
        using JsonDocument document = JsonDocument.Parse(_body);
        JsonElement inputs = document.RootElement.GetProperty("inputs");
        if (inputs.ValueKind == JsonValueKind.String) return inputs.GetString()!.Length;
        int length = 0;
        foreach (JsonElement input in inputs.EnumerateArray()) length += input.GetString()!.Length;
        return length;
    }

    // The bytes of the texts are pooled. The rest is the request and its two lists, which grow with the number of texts.
    [Benchmark, AllocatesAtMost(2048)]
    public int Read()
    {
        Result<ClassificationRequest> read = ClassificationReader.Read(_body, lines: false, maxTexts: 2048);
        using ClassificationRequest request = read.Value!;
        return request.Texts.Count;
    }
}
