using Thaw.Onnx.Format;
using Thaw.Onnx.Traits;
using Thaw.TestModels;
using Thaw.TestModels.Bert;

namespace Thaw.UnitTests.Onnx.Traits;

/// <summary>What the graphs of ordinary exporters say: everything that a load needs, and no reason for a trial run.</summary>
public sealed class OrdinaryTraitsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Exports => [.. Repository.Exports.Select(path => Path.GetFileName(path))];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_form_of_a_generated_model_hides_padding_and_says_how_large_its_tables_are()
    {
        foreach (BertOptions form in BertOptions.AllVariants.Concat(BertOptions.QuantizedVariants))
        {
            string path = _folder[$"{form.Name}.onnx"];
            BertModelFile.Write(path, form);
            GraphTraits traits = Read(path);
            Assert.True(traits.MaxTokens == form.MaxPositions, $"{form.Name}: {traits.MaxTokens} positions");
            Assert.Empty(traits.FixedSizes);
            Assert.All(traits.Inputs, input => Assert.True(input.IsRead && input.IsUsed, $"{form.Name}: {input.Name}"));
            Assert.True(traits.Of("attention_mask")!.HidesPadding, form.Name);
            Assert.Equal(form.VocabularySize, traits.Of("input_ids")!.Rows);
            Assert.Empty(traits.Of("input_ids")!.ComparedWith);
            Assert.False(traits.Of("input_ids")!.IsReadOtherwise, form.Name);
            Assert.Equal(form.HasTokenTypeInput ? 2 : null, traits.Of("token_type_ids")?.Rows);
            AssertSame(traits, GraphTraits.TryRead(path)!);
        }
    }

    [Theory]
    [MemberData(nameof(Exports))]
    public void Every_export_of_PyTorch_hides_padding(string name)
    {
        GraphTraits traits = Read(Path.Combine(Repository.Exports.Single(path => Path.GetFileName(path) == name), "model.onnx"));
        Assert.Empty(traits.FixedSizes);
        Assert.True(traits.Of("attention_mask")!.HidesPadding);
        Assert.Equal(120, traits.Of("input_ids")!.Rows);
        Assert.False(traits.Of("input_ids")!.IsReadOtherwise);
        // RoBERTa's counts its positions from the ids that are not padding.
        bool isRoberta = name.StartsWith("roberta", StringComparison.Ordinal);
        Assert.Equal(isRoberta ? [1L] : [], traits.Of("input_ids")!.ComparedWith);
        Assert.NotNull(traits.MaxTokens);
    }

    private static GraphTraits Read(string path)
    {
        using OnnxModelFile model = OnnxModelFile.Open(path, smallestMapped: 4096);
        return TraitFinder.Find(model.Graph, model.TryRead)!;
    }

    private static void AssertSame(GraphTraits expected, GraphTraits actual)
    {
        Assert.Equal(expected.MaxTokens, actual.MaxTokens);
        Assert.Equal(expected.FixedSizes, actual.FixedSizes);
        Assert.Equivalent(expected.Inputs, actual.Inputs, strict: true);
    }
}
