using Thaw.TestModels.Bert;

namespace Thaw.ColdLoad.Models;

/// <summary>A model to measure.</summary>
/// <param name="Tolerance">How far two answers to one question may differ (<see cref="Question.Distance"/>). An int8 model needs more: the ways
/// round its activations differently.</param>
/// <param name="Closely">Whether the hundredth model, laid-out weights and warm answers of many shapes are measured too.</param>
internal sealed record BenchModel(string Name, string Title, BertOptions Options, double Tolerance, bool Closely)
{
    private const string Int8 = "-int8";

    public static IReadOnlyList<BenchModel> All { get; } =
    [
        .. new (string Name, string Title, BertOptions Options, bool Closely)[]
        {
            ("bert-base", "BERT-base", BertOptions.BertBase, true),
            ("distilbert", "DistilBERT", BertOptions.DistilBert, false),
            ("mini", "4 layers of 256", BertOptions.Mini, true),
        }.SelectMany(model => (BenchModel[])
        [
            new(model.Name, $"{model.Title}, fp32", model.Options, Tolerance: 1e-3, model.Closely),
            new(model.Name + Int8, $"{model.Title}, int8", model.Options with { Quantization = Quantization.PerTensor }, Tolerance: 0.1, Closely: false),
        ]),
    ];
}
