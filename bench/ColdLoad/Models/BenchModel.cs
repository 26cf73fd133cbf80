using Thaw.TestModels.Bert;

namespace Thaw.ColdLoad.Models;

/// <summary>A model to measure.</summary>
/// <param name="Tolerance">How far two answers to one question may differ (<see cref="Question.Distance"/>). An int8 model needs more: the ways
/// round its activations differently.</param>
internal sealed record BenchModel(string Name, string Title, BertOptions Options, double Tolerance)
{
    private const string Int8 = "-int8";

    public static IReadOnlyList<BenchModel> All { get; } =
    [
        .. new (string Name, string Title, BertOptions Options)[]
        {
            ("bert-base", "BERT-base", BertOptions.BertBase),
            ("distilbert", "DistilBERT", BertOptions.DistilBert),
            ("mini", "4 layers of 256", BertOptions.Mini),
        }.SelectMany(model => (BenchModel[])
        [
            new(model.Name, $"{model.Title}, fp32", model.Options, Tolerance: 1e-3),
            new(model.Name + Int8, $"{model.Title}, int8", model.Options with { Quantization = Quantization.PerTensor }, Tolerance: 0.1),
        ]),
    ];
}
